#pragma once

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

namespace tug::test {

/// Gives this process, and the programs that it starts, so many descriptors for as long as it lives.
class limited_descriptors {
public:
    explicit limited_descriptors(rlim_t most) {
        BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        set(most);
    }

    ~limited_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

    limited_descriptors(const limited_descriptors&) = delete;
    limited_descriptors& operator=(const limited_descriptors&) = delete;

protected:
    limited_descriptors() { BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0); }

    void set(rlim_t most) const {
        auto other = before_;
        other.rlim_cur = most;
        BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &other) == 0);
    }

    [[nodiscard]] rlim_t most() const noexcept { return before_.rlim_max; }

private:
    rlimit before_{};
};

/// As many as it may have.
class many_descriptors : limited_descriptors {
public:
    many_descriptors() {
        BOOST_REQUIRE(most() > 4200U);
        set(most());
    }
};

} // namespace tug::test
