#include "os/host_facts.hpp"

#include "support/temp_dir.hpp"

#include <tug/os/unique_fd.hpp>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace {

using namespace tug::service;
using namespace tug::test;

BOOST_AUTO_TEST_SUITE(host_facts_test)

BOOST_FIXTURE_TEST_CASE(the_name_of_a_system, temp_dir) {
    const auto name_in = [&](const std::string& text) {
        write_file(*this / "os-release", text);
        return name_in_os_release(*this / "os-release");
    };
    BOOST_TEST(name_in("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n") ==
               "Debian GNU/Linux 12 (bookworm)");
    BOOST_TEST(name_in("PRETTY_NAME=Void\n") == "Void");
    BOOST_TEST(name_in("PRETTY_NAME='A $B'") == "A $B");
    BOOST_TEST(name_in(R"(PRETTY_NAME="A \"B\"")") == "A \"B\"");
    BOOST_TEST(name_in("PRETTY_NAME=") == "");
    BOOST_TEST(name_in("NAME=x\n") == "");
    BOOST_TEST(name_in_os_release(*this / "none") == "");
}

BOOST_AUTO_TEST_CASE(a_host_has_all_of_it) {
    const auto facts = facts_of_host();
    BOOST_TEST((!facts.hostname.empty() && !facts.os.empty() && !facts.arch.empty()));
    BOOST_TEST(facts.kernel.starts_with("Linux "));
    BOOST_TEST(facts.cores >= 1U);
    BOOST_TEST(facts.memory.total_bytes > facts.memory.available_bytes);
    BOOST_TEST(facts.memory.available_bytes > 0U);
}

BOOST_FIXTURE_TEST_CASE(directories, temp_dir) {
    const tug::os::unique_fd here(::open(path().c_str(), O_PATH | O_CLOEXEC));
    const auto found = figures_of_directory(here.get());
    BOOST_TEST(found.error == "");
    BOOST_TEST(found.writable);
    BOOST_TEST(found.total_bytes >= found.available_bytes);
    BOOST_TEST(figures_of_directory(-1).error == "EBADF");
}

BOOST_AUTO_TEST_CASE(descriptors_are_counted) {
    const auto before = descriptor_usage();
    const tug::os::unique_fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    BOOST_TEST(descriptor_usage().used == before.used + 1);
    BOOST_TEST(before.allowed > before.used);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
