#include "tug/proto/remedy.hpp"

#include "tug/os/errno.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

using namespace tug;
using proto::errc;

namespace {

std::string remedy_of(int err) {
    return std::string(proto::remedy(os::file_failure(err, "x")));
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(remedy_test)

/// A key does not help against what the OS refuses.
BOOST_AUTO_TEST_CASE(what_the_os_refuses) {
    for (const int err : {EACCES, EPERM, EROFS}) BOOST_TEST(!says(remedy_of(err), "use a key"));
    BOOST_TEST(says(remedy_of(EROFS), "writable"));
    BOOST_TEST(says(remedy_of(EPERM), "sticky"));
    proto::failure lacking(errc::permission_denied, "not with this key");
    lacking.need = "put";
    BOOST_TEST(proto::remedy(lacking) == "use a key that may do this");
}

BOOST_AUTO_TEST_CASE(each_errno_of_files) {
    BOOST_TEST(remedy_of(ENOENT) == proto::remedy(errc::not_found));
    BOOST_TEST(says(remedy_of(ENOTDIR), "has to be a directory"));
    BOOST_TEST(says(remedy_of(ELOOP), "symlinks"));
    BOOST_TEST(says(remedy_of(ENAMETOOLONG), "255"));
    BOOST_TEST(says(remedy_of(ENOSPC), "inodes"));
    BOOST_TEST(says(remedy_of(EDQUOT), "quota"));
    for (const int err : {EMFILE, ENFILE}) BOOST_TEST(says(remedy_of(err), "open files"));
    BOOST_TEST(says(remedy_of(ENOMEM), "memory"));
    BOOST_TEST(remedy_of(EAGAIN) == proto::remedy(errc::busy));
    BOOST_TEST(remedy_of(EIO) == proto::remedy(errc::io_error));
    BOOST_TEST(says(remedy_of(EBUSY), "--in-place"));
    BOOST_TEST(says(remedy_of(ETXTBSY), "without in_place"));
    BOOST_TEST(says(remedy_of(EFBIG), "ulimit -f"));
    for (const int err : {ESTALE, ENOTCONN, ETIMEDOUT, EINVAL, EOPNOTSUPP})
        BOOST_TEST(remedy_of(err) != proto::remedy(errc::io_error));
}

BOOST_AUTO_TEST_CASE(a_root_that_is_missing) {
    proto::failure missing(errc::io_error, "the root directory of tugd");
    for (const auto* err : {"ENOENT", "ENOTDIR", "EACCES"}) {
        missing.os_error = err;
        BOOST_TEST(says(std::string(proto::remedy(missing)), "--root"));
    }
}

BOOST_AUTO_TEST_CASE(all_others) {
    BOOST_TEST(proto::remedy(proto::failure(errc::already_exists)) == proto::remedy(errc::already_exists));
    proto::failure strange(errc::io_error);
    strange.os_error = "ESTRANGE";
    BOOST_TEST(proto::remedy(strange) == proto::remedy(errc::io_error));
}

BOOST_AUTO_TEST_SUITE_END()
