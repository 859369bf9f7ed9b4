// Commits 2^LOG_WORDS random Goldilocks words and opens them at one point with p3-whir, as Pedigree's own program does
// (src/commit/opening_bench.cc): Keccak, the cubic extension, 128 bits at the Johnson radius, one thread.
//
//   p3-whir-bench LOG_WORDS plain|hiding FIRST_FOLD LATER_FOLD FIRST_RATE LATER_RATES(comma) GRINDING_BITS SEED
//
// Prints one JSON object. Times are CPU seconds of the process; drawing the words is not counted.
use std::time::Instant;

use p3_challenger::{HashChallenger, SerializingChallenger64};
use p3_commit::MultilinearPcs;
use p3_dft::Radix2DFTSmallBatch;
use p3_field::extension::CubicTrinomialExtensionField;
use p3_goldilocks::Goldilocks;
use p3_keccak::{Keccak256Hash, KeccakF, VECTOR_LEN};
use p3_merkle_tree::MerkleTreeMmcs;
use p3_multilinear_util::point::Point;
use p3_multilinear_util::poly::Poly;
use p3_sumcheck::layout::{Layout, SuffixProver, Table};
use p3_sumcheck::{OpeningBatch, OpeningProtocol, PrescribedPointPcs, TableShape, TableSpec};
use p3_symmetric::{CompressionFunctionFromHasher, PaddingFreeSponge, SerializingHasher};
use p3_whir::parameters::{FoldingFactor, ProtocolParameters, SecurityAssumption, WhirConfig};
use p3_whir::pcs::prover::WhirProver;
use p3_whir::pcs::zk::{HidingWhirPcs, ZkParameters, ZkWhirConfig};
use rand::SeedableRng;
use rand::rngs::{SmallRng, StdRng};

type F = Goldilocks;
type K = CubicTrinomialExtensionField<F>;
type Sponge = PaddingFreeSponge<KeccakF, 25, 17, 4>;
type Mmcs = MerkleTreeMmcs<
    [F; VECTOR_LEN],
    [u64; VECTOR_LEN],
    SerializingHasher<Sponge>,
    CompressionFunctionFromHasher<Sponge, 2, 4>,
    2,
    4,
>;
type Challenger = SerializingChallenger64<F, HashChallenger<u8, Keccak256Hash, 32>>;
type Dft = Radix2DFTSmallBatch<F>;
type Plain = WhirProver<K, F, Dft, Mmcs, Challenger, SuffixProver<F, K>>;
type Hiding = HidingWhirPcs<K, F, Dft, Mmcs, Challenger, StdRng>;

fn cpu_seconds() -> f64 {
    let mut usage = unsafe { std::mem::zeroed::<libc::rusage>() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

fn challenger() -> Challenger {
    Challenger::new(HashChallenger::new(vec![], Keccak256Hash {}))
}

fn mmcs() -> Mmcs {
    let sponge = Sponge::new(KeccakF {});
    Mmcs::new(SerializingHasher::new(sponge), CompressionFunctionFromHasher::new(sponge), 0)
}

// Commits, opens, verifies and prints. A macro, since the two schemes share their trait's method names and little else.
macro_rules! measure {
    ($pcs:expr, $witness:expr, $opening:expr) => {{
        let (pcs, witness, opening) = ($pcs, $witness, $opening);
        let begin = cpu_seconds();
        let mut chain = challenger();
        let (commitment, data) = pcs.commit(witness, &mut chain).unwrap();
        let committed = cpu_seconds();
        let proof = pcs.open(data, opening.clone(), &mut chain).unwrap();
        let opened = cpu_seconds();
        let bytes = postcard::to_allocvec(&proof).unwrap().len();
        let clock = Instant::now();
        pcs.verify(&commitment, &proof, &mut challenger(), opening).unwrap();
        println!(
            "{}",
            serde_json::json!({
                "commit_cpu_seconds": committed - begin,
                "open_cpu_seconds": opened - committed,
                "bytes": bytes,
                "verify_milliseconds": clock.elapsed().as_secs_f64() * 1000.0,
            })
        );
    }};
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| words[i].parse::<usize>().unwrap();
    let (log_words, first_fold) = (number(0), number(2));
    let parameters = ProtocolParameters {
        security_level: 128,
        pow_bits: number(6),
        folding_factor: FoldingFactor::ConstantFromSecondRound(first_fold, number(3)),
        soundness_type: SecurityAssumption::JohnsonBound,
        starting_log_inv_rate: number(4),
        round_log_inv_rates: words[5].split(',').map(|rate| rate.parse().unwrap()).collect(),
    };
    let mut random = SmallRng::seed_from_u64(number(7) as u64);
    if words[1] == "hiding" {
        let zk = ZkParameters { ell_zk: 3, mask_log_inv_rate: 3 };
        let config = ZkWhirConfig::new(log_words, parameters, zk).unwrap();
        let pcs = Hiding::new(config, Dft::default(), mmcs(), StdRng::seed_from_u64(2));
        let message = Poly::<F>::rand(&mut random, log_words);
        let points = vec![Point::<K>::rand(&mut random, log_words)];
        measure!(&pcs, message, points);
    } else {
        let config = WhirConfig::new_with_initial_claims(log_words, parameters, 1).unwrap();
        let dft = Dft::new(1 << config.max_fft_size());
        let pcs = Plain::new(config, dft, mmcs());
        let shape = TableShape::new(log_words, 1);
        let protocol =
            OpeningProtocol::new(vec![TableSpec::new(shape, vec![OpeningBatch::new(vec![0], vec![])])]);
        if let Some(security) = pcs.prescribed_security(&protocol) {
            eprintln!("{security:?}");
        }
        let table = Table::rand(&mut random, 1, log_words);
        let witness = SuffixProver::<F, K>::new_witness(vec![table], first_fold);
        measure!(&pcs, witness, protocol);
    }
}
