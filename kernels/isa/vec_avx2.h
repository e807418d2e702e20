// Eight floats in AVX2 and FMA. See vec_scalar.h for what the operations mean.
#ifndef KERNELS_ISA_VEC_AVX2_H_
#define KERNELS_ISA_VEC_AVX2_H_

#include <immintrin.h>
#include <stdint.h>

namespace winnow::kernels::avx2 {

struct Vec {
  using Reg = __m256;
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = 16;

  static Reg Zero() { return _mm256_setzero_ps(); }
  static Reg Set(float x) { return _mm256_set1_ps(x); }
  static Reg Load(const float* p) { return _mm256_loadu_ps(p); }
  static void Store(float* p, Reg v) { _mm256_storeu_ps(p, v); }
  static void Stream(float* p, Reg v) { _mm256_stream_ps(p, v); }
  static void Fence() { _mm_sfence(); }

  static Reg MaskLoad(uint32_t bits, const float* p) { return _mm256_maskload_ps(p, Mask(bits)); }
  static Reg MergeLoad(Reg base, uint32_t bits, const float* p) {
    const __m256i mask = Mask(bits);
    return _mm256_blendv_ps(base, _mm256_maskload_ps(p, mask), _mm256_castsi256_ps(mask));
  }
  static void MaskStore(uint32_t bits, float* p, Reg v) { _mm256_maskstore_ps(p, Mask(bits), v); }

  static Reg Fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  static Reg Max(Reg a, Reg b) { return _mm256_max_ps(a, b); }

  static void Transpose4(Reg (&v)[4]) {
    const Reg t0 = _mm256_unpacklo_ps(v[0], v[1]);
    const Reg t1 = _mm256_unpackhi_ps(v[0], v[1]);
    const Reg t2 = _mm256_unpacklo_ps(v[2], v[3]);
    const Reg t3 = _mm256_unpackhi_ps(v[2], v[3]);
    v[0] = _mm256_shuffle_ps(t0, t2, 0x44);
    v[1] = _mm256_shuffle_ps(t0, t2, 0xee);
    v[2] = _mm256_shuffle_ps(t1, t3, 0x44);
    v[3] = _mm256_shuffle_ps(t1, t3, 0xee);
  }
  static void Deinterleave(Reg& a, Reg& b) {
    const Reg even = _mm256_shuffle_ps(a, b, 0x88);
    b = _mm256_shuffle_ps(a, b, 0xdd);
    a = even;
  }
  static void Interleave(Reg& a, Reg& b) {
    const Reg low = _mm256_unpacklo_ps(a, b);
    b = _mm256_unpackhi_ps(a, b);
    a = low;
  }

  template <int M>
  static Reg ToNatural(Reg v) {
    if constexpr (M == 4) return _mm256_permutevar8x32_ps(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xd8));
  }
  template <int M>
  static Reg FromNatural(Reg v) {
    if constexpr (M == 4) return _mm256_permutevar8x32_ps(v, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xd8));
  }

  using Group = __m256;
  static Group LoadGroup(const float* p) { return _mm256_broadcast_ps(reinterpret_cast<const __m128*>(p)); }
  template <int E>
  static Reg Spread(Group group) {
    return _mm256_permute_ps(group, E * 0x55);
  }

  static void AddSums(const Reg (&v)[4], float* to) {
    const Reg ab = _mm256_add_ps(_mm256_unpacklo_ps(v[0], v[1]), _mm256_unpackhi_ps(v[0], v[1]));
    const Reg cd = _mm256_add_ps(_mm256_unpacklo_ps(v[2], v[3]), _mm256_unpackhi_ps(v[2], v[3]));
    const Reg abcd = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
    const __m128 sums = _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1));
    _mm_storeu_ps(to, _mm_add_ps(_mm_loadu_ps(to), sums));
  }

  static void Prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

 private:
  static __m256i Mask(uint32_t bits) {
    const __m256i lane_bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i all = _mm256_set1_epi32(static_cast<int>(bits));
    return _mm256_cmpeq_epi32(_mm256_and_si256(all, lane_bit), lane_bit);
  }
};

}  // namespace winnow::kernels::avx2

#endif  // KERNELS_ISA_VEC_AVX2_H_
