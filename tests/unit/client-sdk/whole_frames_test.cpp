#include "whole_frames.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tug::detail {

BOOST_AUTO_TEST_SUITE(whole_frames_test)

BOOST_AUTO_TEST_CASE(frames_are_whole_however_they_are_cut) {
    const std::string body(300'000, 'b');
    const auto bytes = frame_of("{}") + frame_of(R"({"a":1})", body) + frame_of("{}", "x");
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}, bytes.size()}) {
        whole_frames in{proto::limits()};
        std::string seen;
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(size, rest.size()))) {
            in.feed(proto::chunk::copy_of(rest.substr(0, size)));
            while (in.next()) seen.append(in.envelope()).append(in.body() == body ? "+body" : in.body()).append(" ");
        }
        BOOST_TEST(seen == "{} {\"a\":1}+body {}x ");
        BOOST_TEST(!in.failed());
    }
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_the_end) {
    proto::limits small;
    small.body = 3;
    whole_frames in{small};
    in.feed(proto::chunk::copy_of(frame_of("{}", "abc") + frame_of("{}", "abcd") + frame_of("{}")));
    BOOST_TEST(in.next());
    BOOST_TEST(!in.next());
    BOOST_TEST(in.failed());
    BOOST_TEST(!in.next());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::detail
