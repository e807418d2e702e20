// How the kernels use several threads: by asking the caller. They start none of their own.
#ifndef KERNELS_PARALLEL_FOR_H_
#define KERNELS_PARALLEL_FOR_H_

#include <cstdint>
#include <type_traits>
#include <utility>

namespace winnow::kernels {

template <typename Signature>
class FunctionRef;

// Something callable, borrowed for the length of a call. Costs two pointers and never allocates; the callable must
// outlive every use, which a temporary in the argument list does.
template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, FunctionRef>>>
  FunctionRef(F&& f) {  // NOLINT: implicit on purpose
    using Callee = std::remove_reference_t<F>;
    if constexpr (std::is_function_v<Callee>) {
      target_ = reinterpret_cast<void*>(&f);
      call_ = [](void* target, Args... args) -> R {
        return reinterpret_cast<Callee*>(target)(std::forward<Args>(args)...);
      };
    } else {
      target_ = const_cast<void*>(static_cast<const void*>(&f));
      call_ = [](void* target, Args... args) -> R {
        return (*static_cast<Callee*>(target))(std::forward<Args>(args)...);
      };
    }
  }

  R operator()(Args... args) const { return call_(target_, std::forward<Args>(args)...); }

 private:
  void* target_;
  R (*call_)(void*, Args...);
};

// Work on the items [begin, end). `thread` names the caller's thread for this call.
using RangeBody = FunctionRef<void(int64_t begin, int64_t end, int thread)>;

// Runs a body over [0, count) and returns when all is done.
//
// Contract  The ranges are disjoint and cover [0, count); a thread may get several, or none. `thread` is below the
//           number of threads the plan or call was made for, and two calls that run at once never share it.
//           Results of the kernels do not depend on where the ranges are cut.
//
//   ParallelFor with at::parallel_for, OpenMP or a pool of one's own is a lambda of three lines at the caller.
using ParallelFor = FunctionRef<void(int64_t count, RangeBody body)>;

// Everything on the calling thread.
inline void SerialFor(int64_t count, RangeBody body) {
  if (count > 0) body(0, count, 0);
}

}  // namespace winnow::kernels

#endif  // KERNELS_PARALLEL_FOR_H_
