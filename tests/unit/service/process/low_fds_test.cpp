#include "process/low_fds.hpp"

#include "process_support.hpp"

namespace {

using namespace tug::service;
using namespace tug::test;

ino_t inode(int fd) {
    struct ::stat st{};
    BOOST_REQUIRE(::fstat(fd, &st) == 0);
    return st.st_ino;
}

} // namespace

BOOST_AUTO_TEST_SUITE(low_fds_test)

BOOST_AUTO_TEST_CASE(copies_have_small_numbers_while_many_are_open) {
    low_fds low(1);
    std::vector<tug::os::unique_fd> many;
    for (int i = 0; i < 100; ++i) many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto a = make_pipe();
    auto b = make_pipe();
    BOOST_REQUIRE(a.read.get() > 64);
    const auto reserved = low.lend({a.read.get(), a.write.get(), b.write.get()});
    const auto fallback = low.lend({b.write.get(), b.write.get(), a.read.get()});
    BOOST_REQUIRE((reserved.error() == 0 && fallback.error() == 0));
    for (const int fd : reserved.fds()) {
        BOOST_TEST((fd >= 3 && fd < 64));
        BOOST_TEST(::fcntl(fd, F_GETFD) == FD_CLOEXEC);
    }
    for (const int fd : fallback.fds()) BOOST_TEST(::fcntl(fd, F_GETFD) == FD_CLOEXEC);
    BOOST_TEST(inode(reserved.fds()[0]) == inode(a.read.get()));
    BOOST_TEST(inode(reserved.fds()[2]) == inode(b.write.get()));
    BOOST_TEST(inode(fallback.fds()[0]) == inode(b.write.get()));
    BOOST_TEST(inode(fallback.fds()[2]) == inode(a.read.get()));
}

BOOST_AUTO_TEST_CASE(standard_descriptors_can_be_swapped) {
    for (const std::size_t trios : {0U, 1U}) {
        low_fds low(trios);
        const auto loan = low.lend({2, 1, 0});
        BOOST_REQUIRE(loan.error() == 0);
        for (std::size_t i = 0; i < 3; ++i) {
            BOOST_TEST(loan.fds()[i] >= 3);
            BOOST_TEST(inode(loan.fds()[i]) == inode(2 - static_cast<int>(i)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_returned_loan_holds_no_pipe_open) {
    for (const std::size_t trios : {0U, 1U}) {
        low_fds low(trios);
        auto p = make_pipe();
        for (int round = 0; round < 3; ++round) BOOST_TEST(low.lend({0, p.write.get(), p.write.get()}).error() == 0);
        p.write.reset();
        BOOST_TEST(read_text(p.read.get()).empty()); // end of input: no process can write any more
    }
}

BOOST_AUTO_TEST_CASE(a_bad_source_is_an_errno) {
    for (const std::size_t trios : {0U, 1U}) {
        low_fds low(trios);
        BOOST_TEST(low.lend({0, -1, 2}).error() == EBADF);
        BOOST_TEST(low.lend({0, 1, 2}).error() == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
