#include "kernel/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pedigree {

namespace {

using Body = std::function<void(std::size_t begin, std::size_t end)>;

thread_local bool inside_body = false;

struct InsideBody {
  InsideBody() { inside_body = true; }
  ~InsideBody() { inside_body = false; }
};

// A job is a shared counter of pieces; whoever is free takes the next piece.
struct Job {
  std::size_t n = 0;
  std::size_t piece = 0;
  const Body* body = nullptr;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;

  void work() {
    const InsideBody mark;
    for (;;) {
      const std::size_t begin = next.fetch_add(piece);
      if (begin >= n) return;
      try {
        (*body)(begin, std::min(n, begin + piece));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = n;
      }
    }
  }
};

class Pool {
 public:
  explicit Pool(unsigned workers) {
    for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { serve(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : workers_) t.join();
  }

  std::size_t size() const { return workers_.size() + 1; }

  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      running_ = workers_.size();
      ++generation_;
    }
    wake_.notify_all();
    job.work();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return running_ == 0; });
    job_ = nullptr;
  }

 private:
  void serve() {
    u64 seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      Job* job = job_;
      lock.unlock();
      job->work();
      lock.lock();
      if (--running_ == 0) done_.notify_one();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  std::size_t running_ = 0;  // workers that have not finished the current job
  u64 generation_ = 0;
  bool stop_ = false;
};

std::mutex pool_mutex;       // held while a job runs: callers from several threads take turns
std::unique_ptr<Pool> pool;  // null until first used
std::atomic<unsigned> wanted{0};

}  // namespace

unsigned threads() {
  const unsigned n = wanted.load();
  return n != 0 ? n : std::max(1u, std::thread::hardware_concurrency());
}

void set_threads(unsigned n) { wanted = n; }

void parallel_for(std::size_t n, std::size_t grain, const Body& body) {
  if (n == 0) return;
  grain = std::max<std::size_t>(grain, 1);
  const unsigned count = threads();
  if (inside_body || count == 1 || n <= grain) {
    body(0, n);
    return;
  }
  const std::lock_guard lock(pool_mutex);
  if (!pool || pool->size() != count) {
    pool.reset();
    pool = std::make_unique<Pool>(count - 1);
  }
  Job job;
  job.n = n;
  // Four pieces per thread even out unequal speeds.
  job.piece = std::max(grain, (n + 4 * count - 1) / (4 * count));
  job.body = &body;
  pool->run(job);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace pedigree
