// <immintrin.h> or <arm_neon.h>, and the attributes of functions that use them. Nothing is compiled
// for more than the baseline by a flag: what needs AVX2 or AVX-512 says so itself, and is called only
// where `supported` holds. NEON is in the baseline of 64-bit ARM.
#pragma once

// The kernels over F are written for Goldilocks.
#ifndef PEDIGREE_TOY_FIELD
#if defined(__x86_64__)
#define PEDIGREE_VECTOR_FIELD
#elif defined(__aarch64__)
#define PEDIGREE_NEON_FIELD
#endif
#endif

#define PEDIGREE_INLINE inline __attribute__((always_inline))

#ifdef __x86_64__

// g++ 12 takes the deliberately undefined operands inside its own intrinsics for a mistake (GCC bug
// 105593).
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#define PEDIGREE_AVX2 __attribute__((target("avx2,bmi2")))
#define PEDIGREE_AVX512 \
  __attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512ifma")))

#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
