#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace tug::test {

/// What TUG_TORTURE_SCALE divides figures by.
[[nodiscard]] inline double torture_scale() {
    const char* said = std::getenv("TUG_TORTURE_SCALE"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    const double scale = said ? std::strtod(said, nullptr) : 1;
    return scale > 0 ? scale : 1;
}

/// `figure`, or that part of it that TUG_TORTURE_SCALE asks for.
[[nodiscard]] inline unsigned scaled(unsigned figure, unsigned least = 1) {
    return std::max(least, static_cast<unsigned>(figure / torture_scale()));
}

/// For what tries everything: how far it is to the next that is tried. Odd, so that each bit of a byte has its turn.
[[nodiscard]] inline std::size_t torture_stride() {
    return std::max<std::size_t>(1, static_cast<std::size_t>(torture_scale())) | 1;
}

/// The exit code of a torture program: 1 where it throws.
template <class F>
int guarded(F&& program) {
    try {
        return program();
    } catch (const std::exception& e) {
        std::printf("WRONG: %s\n", e.what());
        return 1;
    }
}

} // namespace tug::test
