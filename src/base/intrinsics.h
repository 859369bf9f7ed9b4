// <immintrin.h> and the attributes of functions that use it. Nothing is compiled for more than the
// baseline by a flag: what needs AVX2 or AVX-512 says so itself, and is called only where
// `supported` holds.
#pragma once

// The kernels over F are written for Goldilocks.
#if defined(__x86_64__) && !defined(PEDIGREE_TOY_FIELD)
#define PEDIGREE_VECTOR_FIELD
#endif

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
#define PEDIGREE_INLINE inline __attribute__((always_inline))

#endif
