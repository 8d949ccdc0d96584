#include "cli/arguments/usage_error.hpp"
#include "cli/hosts/host_names.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tug::cli {

using names = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(host_names_test)

BOOST_AUTO_TEST_CASE(a_list_is_parted) {
    BOOST_TEST(split_hosts("a,b:8841 unix:/run/tug.sock\n\n# not this one\n[::1]:8840,a") ==
                   (names{"a", "b:8841", "unix:/run/tug.sock", "[::1]:8840"}),
               boost::test_tools::per_element());
    BOOST_TEST(split_hosts(" , \n#x").empty());
}

BOOST_AUTO_TEST_CASE(ranges_are_expanded) {
    BOOST_TEST(split_hosts("web[1-3,7]") == (names{"web1", "web2", "web3", "web7"}), boost::test_tools::per_element());
    BOOST_TEST(split_hosts("n[08-10].x:1") == (names{"n08.x:1", "n09.x:1", "n10.x:1"}),
               boost::test_tools::per_element());
    BOOST_TEST(split_hosts("r[1-2]n[1,2]") == (names{"r1n1", "r1n2", "r2n1", "r2n2"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_range_is_refused) {
    for (const auto* bad : {"web[3-1]", "web[1-", "web[]", "web[a-b]", "web[1-2000000]", "w[1-400][1-400]"})
        BOOST_CHECK_THROW((void)split_hosts(bad), usage_error);
}

BOOST_AUTO_TEST_CASE(names_are_folded_and_read_again) {
    BOOST_TEST(fold_names({"web1", "web2", "web3", "db"}) == "web[1-3],db");
    BOOST_TEST(fold_names({"web9", "web10", "web1", "web2"}) == "web[1,2,9,10]");
    BOOST_TEST(fold_names({"n08", "n09", "n10", "n7"}) == "n[08-10],n7");
    BOOST_TEST(fold_names({"r1.x", "r2.x", "r2.y"}) == "r[1,2].x,r2.y");
    BOOST_TEST(fold_names({"127.0.0.1:8840", "127.0.0.2:8840", "127.0.0.2:8841"}) ==
               "127.0.0.[1,2]:8840,127.0.0.2:8841");
    BOOST_TEST(fold_names({"[::1]:8840", "7", "only"}) == "[::1]:8840,7,only");
    for (const names& all : {names{"a1", "a2", "b07", "b08", "c"}, names{"unix:/run/9/x", "unix:/run/10/x", "::1"}})
        BOOST_TEST(split_hosts(fold_names(all)) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_stays_below_its_own) {
    BOOST_TEST(directory_of_host("web1:8840") == "web1:8840");
    BOOST_TEST(directory_of_host("unix:/run/t%x") == "unix:%2Frun%2Ft%25x");
    BOOST_TEST(directory_of_host("..") == "%2E%2E");
    BOOST_TEST(directory_of_host("a\nb") == "a%0Ab");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
