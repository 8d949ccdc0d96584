#include "tug/os/errno.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

BOOST_AUTO_TEST_SUITE(errno_test)

using namespace tug;

BOOST_AUTO_TEST_CASE(numbers_have_names) {
    BOOST_TEST(os::errno_name(ENOENT) == "ENOENT");
    BOOST_TEST(os::errno_name(EAGAIN) == "EAGAIN");
    BOOST_TEST(os::errno_name(99999) == "E99999");
    for (const int err : {ENOENT, EDQUOT, EHWPOISON}) BOOST_TEST(os::errno_of(os::errno_name(err)) == err);
    for (const auto* name : {"", "E99999", "ENOENTX"}) BOOST_TEST(os::errno_of(name) == 0);
}

BOOST_AUTO_TEST_CASE(files_fail_as_the_protocol_says) {
    const auto name = [](int err) { return proto::name_of(os::file_failure(err, "x").code); };
    for (const int err : {ENOENT, ENOTDIR}) BOOST_TEST(name(err) == "not_found");
    for (const int err : {EACCES, EPERM, EROFS}) BOOST_TEST(name(err) == "permission_denied");
    for (const int err : {ENOSPC, EDQUOT}) BOOST_TEST(name(err) == "no_space");
    for (const int err : {EMFILE, ENFILE, EAGAIN, ENOMEM}) BOOST_TEST(name(err) == "busy");
    for (const int err : {EIO, EINVAL, EFBIG, 99999}) BOOST_TEST(name(err) == "io_error");
    BOOST_TEST(name(ELOOP) == "path_denied");
    BOOST_TEST(name(ENAMETOOLONG) == "invalid_params");
}

BOOST_AUTO_TEST_CASE(the_errno_is_named) {
    const auto f = os::file_failure(ENOSPC, "cannot write");
    BOOST_TEST(f.os_error == "ENOSPC");
    BOOST_TEST(f.message == "cannot write: ENOSPC");
}

BOOST_AUTO_TEST_SUITE_END()
