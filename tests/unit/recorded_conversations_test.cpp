// tests/data has the recorded conversations as bytes, for what speaks the protocol in other languages. They are what
// this side says and hears: so both have the same.

#include "support/build_paths.hpp"
#include "support/conversations.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace tug::test;

BOOST_AUTO_TEST_SUITE(recorded_conversations)

BOOST_AUTO_TEST_CASE(files_are_what_is_said) {
    const auto same = [](const std::string& name, const std::string& bytes) {
        const auto path = source_dir() + "/tests/data/" + name + ".frames";
        if (std::getenv("TUG_WRITE_RECORDED") != nullptr) write_file(path, bytes);
        BOOST_TEST((read_file(path) == bytes), path << " differs: run this with TUG_WRITE_RECORDED=1");
    };
    same("client_says", joined(client_says()));
    same("server_says", joined(server_says()));
}

BOOST_AUTO_TEST_SUITE_END()
