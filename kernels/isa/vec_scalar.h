// Four floats in the compiler's vector type, for any machine.
//
// The three vec_*.h declare the same type in their ISA's namespace; the kernels are templates over it. Only the ISA's
// own source files include them. What the operations mean is written once, here.
#ifndef KERNELS_ISA_VEC_SCALAR_H_
#define KERNELS_ISA_VEC_SCALAR_H_

#include <stdint.h>

namespace winnow::kernels::scalar {

typedef float V4 __attribute__((vector_size(16)));
typedef float V4Unaligned __attribute__((vector_size(16), aligned(4), may_alias));

struct Vec {
  using Reg = V4;
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = 16;

  static Reg Zero() { return Reg{}; }
  static Reg Set(float x) { return Reg{x, x, x, x}; }
  static Reg Load(const float* p) { return *reinterpret_cast<const V4Unaligned*>(p); }
  static void Store(float* p, Reg v) { *reinterpret_cast<V4Unaligned*>(p) = v; }

  // Past the caches where the ISA can; `p` is aligned to the vector. Fence() puts such stores in order with what
  // follows.
  static void Stream(float* p, Reg v) { Store(p, v); }
  static void Fence() {}

  // Lanes whose bit is set; the others are zero, and what lies there is not touched.
  static Reg MaskLoad(uint32_t bits, const float* p) { return MergeLoad(Zero(), bits, p); }
  // Lanes whose bit is set from memory, the others from `base`.
  static Reg MergeLoad(Reg base, uint32_t bits, const float* p) {
    for (int i = 0; i < kLanes; ++i) {
      if (bits >> i & 1) base[i] = p[i];
    }
    return base;
  }
  static void MaskStore(uint32_t bits, float* p, Reg v) {
    for (int i = 0; i < kLanes; ++i) {
      if (bits >> i & 1) p[i] = v[i];
    }
  }

  static Reg Fma(Reg a, Reg b, Reg c) { return a * b + c; }
  static Reg Max(Reg a, Reg b) { return a > b ? a : b; }

  // In every group of four lanes: lane j of v[i] and lane i of v[j] change places.
  static void Transpose4(Reg (&v)[4]) {
    const Reg t0 = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
    const Reg t1 = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
    const Reg t2 = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
    const Reg t3 = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
    v[0] = __builtin_shufflevector(t0, t2, 0, 1, 4, 5);
    v[1] = __builtin_shufflevector(t0, t2, 2, 3, 6, 7);
    v[2] = __builtin_shufflevector(t1, t3, 0, 1, 4, 5);
    v[3] = __builtin_shufflevector(t1, t3, 2, 3, 6, 7);
  }
  // In every group of four lanes: a = a0 a2 b0 b2, b = a1 a3 b1 b3. Interleave() undoes it.
  static void Deinterleave(Reg& a, Reg& b) {
    const Reg even = __builtin_shufflevector(a, b, 0, 2, 4, 6);
    b = __builtin_shufflevector(a, b, 1, 3, 5, 7);
    a = even;
  }
  static void Interleave(Reg& a, Reg& b) {
    const Reg low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    b = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    a = low;
  }

  // Tile numbers of the lanes after Transpose4 of four (M = 4) or Deinterleave of two (M = 2) vectors of consecutive
  // tiles, brought into ascending order and back.
  template <int M>
  static Reg ToNatural(Reg v) {
    return v;
  }
  template <int M>
  static Reg FromNatural(Reg v) {
    return v;
  }

  // Four floats in one load, and the E-th of them in every lane.
  using Group = Reg;
  static Group LoadGroup(const float* p) { return Load(p); }
  template <int E>
  static Reg Spread(Group group) {
    return __builtin_shufflevector(group, group, E, E, E, E);
  }

  // to[i] += the sum of all lanes of v[i].
  static void AddSums(const Reg (&v)[4], float* to) {
    Reg t[4] = {v[0], v[1], v[2], v[3]};
    Transpose4(t);
    Store(to, Load(to) + ((t[0] + t[1]) + (t[2] + t[3])));
  }

  static void Prefetch(const void* p) { __builtin_prefetch(p); }
};

}  // namespace winnow::kernels::scalar

#endif  // KERNELS_ISA_VEC_SCALAR_H_
