#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace tug::test {

/// `figure`, or that part of it that TUG_TORTURE_SCALE asks for.
[[nodiscard]] inline unsigned scaled(unsigned figure, unsigned least = 1) {
    const char* scale = std::getenv("TUG_TORTURE_SCALE"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    const double by = scale ? std::strtod(scale, nullptr) : 1;
    return std::max(least, by > 0 ? static_cast<unsigned>(figure / by) : figure);
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
