// Sixteen floats in AVX-512. See vec_scalar.h for what the operations mean.
#ifndef KERNELS_ISA_VEC_AVX512_H_
#define KERNELS_ISA_VEC_AVX512_H_

#include <immintrin.h>
#include <stdint.h>

namespace winnow::kernels::avx512 {

struct Vec {
  using Reg = __m512;
  static constexpr int kLanes = 16;
  static constexpr int kRegisters = 32;

  static Reg Zero() { return _mm512_setzero_ps(); }
  static Reg Set(float x) { return _mm512_set1_ps(x); }
  static Reg Load(const float* p) { return _mm512_loadu_ps(p); }
  static void Store(float* p, Reg v) { _mm512_storeu_ps(p, v); }
  static void Stream(float* p, Reg v) { _mm512_stream_ps(p, v); }
  static void Fence() { _mm_sfence(); }

  static Reg MaskLoad(uint32_t bits, const float* p) { return _mm512_maskz_loadu_ps(static_cast<__mmask16>(bits), p); }
  static Reg MergeLoad(Reg base, uint32_t bits, const float* p) {
    return _mm512_mask_loadu_ps(base, static_cast<__mmask16>(bits), p);
  }
  static void MaskStore(uint32_t bits, float* p, Reg v) { _mm512_mask_storeu_ps(p, static_cast<__mmask16>(bits), v); }

  static Reg Fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg Max(Reg a, Reg b) { return _mm512_max_ps(a, b); }

  static void Transpose4(Reg (&v)[4]) {
    const Reg t0 = _mm512_unpacklo_ps(v[0], v[1]);
    const Reg t1 = _mm512_unpackhi_ps(v[0], v[1]);
    const Reg t2 = _mm512_unpacklo_ps(v[2], v[3]);
    const Reg t3 = _mm512_unpackhi_ps(v[2], v[3]);
    v[0] = _mm512_shuffle_ps(t0, t2, 0x44);
    v[1] = _mm512_shuffle_ps(t0, t2, 0xee);
    v[2] = _mm512_shuffle_ps(t1, t3, 0x44);
    v[3] = _mm512_shuffle_ps(t1, t3, 0xee);
  }
  static void Deinterleave(Reg& a, Reg& b) {
    const Reg even = _mm512_shuffle_ps(a, b, 0x88);
    b = _mm512_shuffle_ps(a, b, 0xdd);
    a = even;
  }
  static void Interleave(Reg& a, Reg& b) {
    const Reg low = _mm512_unpacklo_ps(a, b);
    b = _mm512_unpackhi_ps(a, b);
    a = low;
  }

  template <int M>
  static Reg ToNatural(Reg v) {
    if constexpr (M == 4) return Transpose16(v);
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    return _mm512_castpd_ps(_mm512_permutexvar_pd(order, _mm512_castps_pd(v)));
  }
  template <int M>
  static Reg FromNatural(Reg v) {
    if constexpr (M == 4) return Transpose16(v);
    const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    return _mm512_castpd_ps(_mm512_permutexvar_pd(order, _mm512_castps_pd(v)));
  }

  using Group = __m512;
  static Group LoadGroup(const float* p) { return _mm512_broadcast_f32x4(_mm_loadu_ps(p)); }
  template <int E>
  static Reg Spread(Group group) {
    return _mm512_permute_ps(group, E * 0x55);
  }

  static void AddSums(const Reg (&v)[4], float* to) {
    const Reg ab = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
    const Reg cd = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
    const Reg abcd = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
    const __m256 halves = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
    const __m128 sums = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1));
    _mm_storeu_ps(to, _mm_add_ps(_mm_loadu_ps(to), sums));
  }

  static void Prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

 private:
  // The register as a 4 x 4 matrix, transposed.
  static Reg Transpose16(Reg v) {
    return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), v);
  }
};

}  // namespace winnow::kernels::avx512

#endif  // KERNELS_ISA_VEC_AVX512_H_
