#include "kernels/transforms/batched_transforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "tests/unit/kernels/guarded_buffer.h"
#include "tests/unit/kernels/isa_variant_test_fixture.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

// Of the largest value. The maps have at most six terms a direction with factors up to 8.
constexpr double kMaxRelativeError = 1e-6;

struct Size {
  int64_t batch, channels, height, width, padding;
};

constexpr Size kSizes[] = {{1, 1, 1, 1, 1},   {1, 1, 3, 3, 0},  {2, 3, 2, 2, 1},   {1, 2, 4, 5, 1},   {3, 2, 5, 4, 2},
                           {2, 5, 8, 8, 1},   {17, 3, 7, 7, 1}, {1, 3, 3, 70, 1},  {1, 2, 61, 3, 0},  {33, 1, 2, 3, 1},
                           {5, 4, 13, 11, 1}, {2, 1, 6, 6, 4},  {1, 2, 16, 34, 1}, {16, 2, 14, 14, 1}};

class BatchedTransformsTest : public IsaVariantTest {
 protected:
  TransformGeometry GeometryOf(const Size& s, int64_t extra_stride = 5) const {
    TransformGeometry g{variant(), s.batch, s.channels, s.height, s.width, s.padding, 0};
    g.plane_stride = s.channels * g.Tiles() + extra_stride;
    return g;
  }

  // in (rows x rows, by `at`) sandwiched by a matrix [out][in], or its transpose.
  double Sandwich(std::span<const double> matrix, int in, int out, bool transposed, int i, int j,
                  const std::function<double(int, int)>& at) const {
    double sum = 0;
    for (int k = 0; k < in; ++k) {
      for (int l = 0; l < in; ++l) {
        const double left = transposed ? matrix[k * out + i] : matrix[i * in + k];
        const double right = transposed ? matrix[l * out + j] : matrix[j * in + l];
        if (left != 0 && right != 0) sum += left * right * at(k, l);
      }
    }
    return sum;
  }
};

// What lies between the planes must stay as it was: NaN.
void ExpectGapsUntouched(const TransformGeometry& g, GuardedBuffer& planes) {
  const int64_t used = g.channels * g.Tiles();
  for (int p = 0; p < Positions(g.variant); ++p) {
    for (int64_t i = used; i < g.plane_stride; ++i) EXPECT_TRUE(std::isnan(planes.data()[p * g.plane_stride + i]));
  }
  EXPECT_TRUE(planes.IsIntact());
}

struct TilePlace {
  int64_t n, c, y, x;  // first output
};

TilePlace PlaceOf(const TransformGeometry& g, int64_t channel, int64_t tile) {
  const int m = TileOutputs(g.variant);
  const int64_t wide = (g.OutWidth() + m - 1) / m;
  const int64_t high = (g.OutHeight() + m - 1) / m;
  return {tile / (wide * high), channel, tile / wide % high * m, tile % wide * m};
}

TEST_P(BatchedTransformsTest, InputIsTheMatrixProduct) {
  for (const Size& size : kSizes) {
    const TransformGeometry g = GeometryOf(size);
    SCOPED_TRACE(testing::Message() << g.batch << " " << g.channels << " " << g.height << "x" << g.width);
    const int alpha = Alpha(variant());
    const std::vector<float> x = RandomFloats(g.batch * g.channels * g.height * g.width, 11);
    GuardedBuffer v(g.plane_stride * alpha * alpha, 1);
    InputTransform(g, x.data(), v.data(), SerialFor, isa());
    double worst = 0, largest = 1;
    for (int64_t c = 0; c < g.channels; ++c) {
      for (int64_t tile = 0; tile < g.Tiles(); ++tile) {
        const TilePlace place = PlaceOf(g, c, tile);
        const auto at = [&](int i, int j) -> double {
          const int64_t y = place.y + i - g.padding, xx = place.x + j - g.padding;
          if (y < 0 || y >= g.height || xx < 0 || xx >= g.width) return 0;
          return x[((place.n * g.channels + c) * g.height + y) * g.width + xx];
        };
        for (int p = 0; p < alpha * alpha; ++p) {
          const double expected = Sandwich(MatricesOf(variant()).bt, alpha, alpha, false, p / alpha, p % alpha, at);
          const double error = std::abs(v.data()[p * g.plane_stride + c * g.Tiles() + tile] - expected);
          worst = error <= worst ? worst : error;  // NaN becomes worst
          largest = std::max(largest, std::abs(expected));
        }
      }
    }
    EXPECT_LE(worst / largest, kMaxRelativeError);
    ExpectGapsUntouched(g, v);
  }
}

TEST_P(BatchedTransformsTest, OutputIsTheMatrixProductPlusBias) {
  for (const Size& size : kSizes) {
    const TransformGeometry g = GeometryOf(size);
    SCOPED_TRACE(testing::Message() << g.batch << " " << g.channels << " " << g.height << "x" << g.width);
    const int alpha = Alpha(variant()), m = TileOutputs(variant());
    const std::vector<float> planes = RandomFloats(g.plane_stride * alpha * alpha, 12);
    const std::vector<float> bias = RandomFloats(g.channels, 13);
    GuardedBuffer y(g.batch * g.channels * g.OutHeight() * g.OutWidth(), 3);
    OutputTransform(g, planes.data(), bias.data(), y.data(), SerialFor, isa());
    double worst = 0, largest = 1;
    for (int64_t c = 0; c < g.channels; ++c) {
      for (int64_t tile = 0; tile < g.Tiles(); ++tile) {
        const TilePlace place = PlaceOf(g, c, tile);
        const auto at = [&](int i, int j) -> double {
          return planes[(i * alpha + j) * g.plane_stride + c * g.Tiles() + tile];
        };
        for (int64_t r = 0; r < m && place.y + r < g.OutHeight(); ++r) {
          for (int64_t q = 0; q < m && place.x + q < g.OutWidth(); ++q) {
            const double expected = bias[c] + Sandwich(MatricesOf(variant()).at, alpha, m, false, r, q, at);
            const int64_t pixel =
                ((place.n * g.channels + c) * g.OutHeight() + place.y + r) * g.OutWidth() + place.x + q;
            const double error = std::abs(y.data()[pixel] - expected);
            worst = error <= worst ? worst : error;
            largest = std::max(largest, std::abs(expected));
          }
        }
      }
    }
    EXPECT_LE(worst / largest, kMaxRelativeError);
    EXPECT_TRUE(y.IsIntact());
  }
}

TEST_P(BatchedTransformsTest, AdjointsSatisfyTheirIdentities) {
  for (const Size& size : kSizes) {
    const TransformGeometry g = GeometryOf(size, 0);
    SCOPED_TRACE(testing::Message() << g.batch << " " << g.channels << " " << g.height << "x" << g.width);
    const int64_t planes = g.plane_stride * Positions(variant());
    const int64_t pixels = g.batch * g.channels * g.height * g.width;
    const int64_t out_pixels = g.batch * g.channels * g.OutHeight() * g.OutWidth();
    const auto dot = [](std::span<const float> a, std::span<const float> b) {
      double sum = 0;
      for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
      return sum;
    };
    const auto norm = [&](std::span<const float> a) { return std::sqrt(dot(a, a)); };

    std::vector<float> x = RandomFloats(pixels, 14), dv = RandomFloats(planes, 15);
    GuardedBuffer v(planes), dx(pixels, 5);
    InputTransform(g, x.data(), v.data(), SerialFor, isa());
    InputTransformAdjoint(g, dv.data(), dx.data(), SerialFor, isa());
    EXPECT_NEAR(dot(v.span(), dv), dot(x, dx.span()), kMaxRelativeError * norm(v.span()) * norm(dv));
    EXPECT_TRUE(v.IsIntact());
    EXPECT_TRUE(dx.IsIntact());

    std::vector<float> m = RandomFloats(planes, 16), dy = RandomFloats(out_pixels, 17);
    GuardedBuffer y(out_pixels), dm(planes, 7);
    OutputTransform(g, m.data(), nullptr, y.data(), SerialFor, isa());
    OutputTransformAdjoint(g, dy.data(), dm.data(), SerialFor, isa());
    EXPECT_NEAR(dot(y.span(), dy), dot(m, dm.span()), kMaxRelativeError * norm(m) * norm(dm.span()));
    EXPECT_TRUE(y.IsIntact());
    EXPECT_TRUE(dm.IsIntact());
  }
}

// The identity alone would not see an error in pixels that random numbers average away: unit vectors do.
TEST_P(BatchedTransformsTest, InputAdjointIsTheTransposeElementByElement) {
  const TransformGeometry g = GeometryOf({2, 1, 5, 6, 1}, 0);
  const int64_t planes = g.plane_stride * Positions(variant());
  const int64_t pixels = g.batch * g.height * g.width;
  std::vector<std::vector<float>> columns;
  for (int64_t i = 0; i < pixels; ++i) {
    std::vector<float> x(pixels, 0.0f), v(planes);
    x[i] = 1;
    InputTransform(g, x.data(), v.data(), SerialFor, isa());
    columns.push_back(v);
  }
  for (int64_t k = 0; k < planes; ++k) {
    std::vector<float> dv(planes, 0.0f), dx(pixels);
    dv[k] = 1;
    InputTransformAdjoint(g, dv.data(), dx.data(), SerialFor, isa());
    for (int64_t i = 0; i < pixels; ++i) ASSERT_EQ(dx[i], columns[i][k]) << "plane element " << k << " pixel " << i;
  }
}

TEST_P(BatchedTransformsTest, DoNotDependOnHowTheWorkIsCut) {
  const TransformGeometry g = GeometryOf({5, 3, 9, 14, 1}, 0);
  const auto one_by_one = [](int64_t count, RangeBody body) {
    for (int64_t i = count - 1; i >= 0; --i) body(i, i + 1, 0);
  };
  const int64_t planes = g.plane_stride * Positions(variant());
  const std::vector<float> x = RandomFloats(g.batch * g.channels * g.height * g.width, 18);
  std::vector<float> v1(planes), v2(planes), x1(x.size()), x2(x.size());
  InputTransform(g, x.data(), v1.data(), SerialFor, isa());
  InputTransform(g, x.data(), v2.data(), one_by_one, isa());
  EXPECT_EQ(v1, v2);
  InputTransformAdjoint(g, v1.data(), x1.data(), SerialFor, isa());
  InputTransformAdjoint(g, v1.data(), x2.data(), one_by_one, isa());
  EXPECT_EQ(x1, x2);
  OutputTransform(g, v1.data(), nullptr, x1.data(), SerialFor, isa());
  OutputTransform(g, v1.data(), nullptr, x2.data(), one_by_one, isa());
  EXPECT_EQ(x1, x2);
  OutputTransformAdjoint(g, x.data(), v1.data(), SerialFor, isa());
  OutputTransformAdjoint(g, x.data(), v2.data(), one_by_one, isa());
  EXPECT_EQ(v1, v2);
}

INSTANTIATE_TEST_SUITE_P(All, BatchedTransformsTest, AllIsasAndVariants(), IsaCaseName);

TEST(TransformGeometry, RefusesBadSizesAndOverlappingPlanes) {
  TransformGeometry g{WinogradVariant::kF4K3, 2, 3, 8, 8, 1, 3 * 8};
  EXPECT_EQ(g.Tiles(), 8);
  EXPECT_TRUE(g.Validate().ok());
  g.plane_stride = 23;
  EXPECT_EQ(g.Validate().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(g.Validate().message(), testing::HasSubstr("SuggestedPlaneStride"));
  g.plane_stride = g.SuggestedPlaneStride();
  EXPECT_TRUE(g.Validate().ok());
  EXPECT_EQ(g.plane_stride / 16 % 2, 1);
  g.channels = 0;
  EXPECT_EQ(g.Validate().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::kernels
