#include "jobs/job_marks.hpp"

#include <unistd.h>

#include <array>

namespace tug::service {

namespace {

using pair = std::array<std::uint64_t, 2>;

constexpr std::size_t marks = 6;

off_t place_of(job_marks::mark which) noexcept {
    return static_cast<off_t>(static_cast<std::size_t>(which) * sizeof(pair));
}

} // namespace

bool job_marks::prepare() const noexcept {
    std::array<pair, marks> all{};
    for (auto& one : all) one = {0, ~std::uint64_t{0}};
    return ::pwrite(file_.get(), all.data(), sizeof all, 0) == static_cast<ssize_t>(sizeof all);
}

void job_marks::set(mark which, std::uint64_t value) const noexcept {
    const pair both{value, ~value};
    static_cast<void>(!::pwrite(file_.get(), both.data(), sizeof both, place_of(which)));
}

std::uint64_t job_marks::get(mark which) const noexcept {
    constexpr int looks = 1000;
    for (int n = 0; n < looks; ++n) {
        pair both{};
        if (::pread(file_.get(), both.data(), sizeof both, place_of(which)) != static_cast<ssize_t>(sizeof both)) break;
        if (both[0] == ~both[1]) return both[0];
    }
    return 0;
}

} // namespace tug::service
