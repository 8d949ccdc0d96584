// The same edge cases of JSON as in the unit test, over the wire: the server answers each as the document says, and
// goes on.

#include "support/json_cases.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::test;

/// "error(NAME ID)" as the cases write it. A file that is not there was asked for in the right way.
std::string outcome(const std::string& heard) {
    if (heard.starts_with("result ") || heard.starts_with("error(not_found ")) return std::string(accepted);
    const auto begin = heard.find('(');
    return begin == std::string::npos ? heard : heard.substr(begin + 1, heard.size() - begin - 2);
}

BOOST_AUTO_TEST_SUITE(server_json_cases_test)

BOOST_AUTO_TEST_CASE(each_gets_what_the_document_says) {
    test_server server;
    auto c = server.connect();
    for (const auto& one : json_cases()) BOOST_TEST_CONTEXT(one.envelope.substr(0, 200)) {
            BOOST_TEST(outcome(c.hear_of(one.envelope)) == one.outcome);
        }
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
