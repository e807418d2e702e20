// The maps B^T, A^T and their adjoints B, A along one direction, with common terms shared.
//
// Included only by files of one ISA; everything is a template over that ISA's Vec, so no copy is shared between them.
// The matrices are those of winograd_variant.cc; tests/unit/kernels checks one against the other.
#ifndef KERNELS_TRANSFORMS_TRANSFORM_1D_INL_H_
#define KERNELS_TRANSFORMS_TRANSFORM_1D_INL_H_

namespace winnow::kernels::lanes {

template <typename V, int M>
struct Transform1d;

// F(2,3).
template <typename V>
struct Transform1d<V, 2> {
  using Reg = typename V::Reg;

  // v = B^T x
  static inline void Input(const Reg (&x)[4], Reg (&v)[4]) {
    v[0] = x[0] - x[2];
    v[1] = x[1] + x[2];
    v[2] = x[2] - x[1];
    v[3] = x[3] - x[1];
  }
  // x = B v
  static inline void InputAdjoint(const Reg (&v)[4], Reg (&x)[4]) {
    x[0] = v[0];
    x[1] = v[1] - v[2] - v[3];
    x[2] = v[1] + v[2] - v[0];
    x[3] = v[3];
  }
  // o = A^T p
  static inline void Output(const Reg (&p)[4], Reg (&o)[2]) {
    o[0] = p[0] + (p[1] + p[2]);
    o[1] = (p[1] - p[2]) + p[3];
  }
  // p = A o
  static inline void OutputAdjoint(const Reg (&o)[2], Reg (&p)[4]) {
    p[0] = o[0];
    p[1] = o[0] + o[1];
    p[2] = o[0] - o[1];
    p[3] = o[1];
  }
};

// F(4,3).
template <typename V>
struct Transform1d<V, 4> {
  using Reg = typename V::Reg;

  static inline void Input(const Reg (&x)[6], Reg (&v)[6]) {
    const Reg two = V::Set(2), minus_four = V::Set(-4), four = V::Set(4), minus_five = V::Set(-5);
    const Reg a = V::Fma(minus_four, x[2], x[4]);
    const Reg b = V::Fma(minus_four, x[1], x[3]);
    const Reg c = x[4] - x[2];
    const Reg d = (x[3] - x[1]) * two;
    v[0] = V::Fma(four, x[0], V::Fma(minus_five, x[2], x[4]));
    v[1] = a + b;
    v[2] = a - b;
    v[3] = c + d;
    v[4] = c - d;
    v[5] = V::Fma(four, x[1], V::Fma(minus_five, x[3], x[5]));
  }
  static inline void InputAdjoint(const Reg (&v)[6], Reg (&x)[6]) {
    const Reg two = V::Set(2), four = V::Set(4), minus_four = V::Set(-4), minus_five = V::Set(-5);
    const Reg sum12 = v[1] + v[2], difference12 = v[1] - v[2];
    const Reg sum34 = v[3] + v[4], twice34 = (v[3] - v[4]) * two;
    x[0] = v[0] * four;
    x[1] = V::Fma(four, v[5] - difference12, -twice34);
    x[2] = V::Fma(minus_five, v[0], V::Fma(minus_four, sum12, -sum34));
    x[3] = V::Fma(minus_five, v[5], difference12 + twice34);
    x[4] = v[0] + (sum12 + sum34);
    x[5] = v[5];
  }
  static inline void Output(const Reg (&p)[6], Reg (&o)[4]) {
    const Reg two = V::Set(2), four = V::Set(4), eight = V::Set(8);
    const Reg sum12 = p[1] + p[2], difference12 = p[1] - p[2];
    const Reg sum34 = p[3] + p[4], difference34 = p[3] - p[4];
    o[0] = p[0] + (sum12 + sum34);
    o[1] = V::Fma(two, difference34, difference12);
    o[2] = V::Fma(four, sum34, sum12);
    o[3] = V::Fma(eight, difference34, difference12 + p[5]);
  }
  static inline void OutputAdjoint(const Reg (&o)[4], Reg (&p)[6]) {
    const Reg four = V::Set(4), two = V::Set(2);
    const Reg even = o[0] + o[2], odd = o[1] + o[3];
    const Reg far_even = V::Fma(four, o[2], o[0]);
    const Reg far_odd = V::Fma(four, o[3], o[1]) * two;
    p[0] = o[0];
    p[1] = even + odd;
    p[2] = even - odd;
    p[3] = far_even + far_odd;
    p[4] = far_even - far_odd;
    p[5] = o[3];
  }
};

}  // namespace winnow::kernels::lanes

#endif  // KERNELS_TRANSFORMS_TRANSFORM_1D_INL_H_
