#include "cli/reconnect/replayed_input.hpp"

#include <boost/test/unit_test.hpp>

namespace tug::cli {

BOOST_AUTO_TEST_SUITE(replayed_input_test)

BOOST_AUTO_TEST_CASE(what_was_sent_is_sent_again_until_it_is_known_to_be_taken) {
    replayed_input in;
    in.append("abcdef");
    BOOST_TEST(in.unsent(4) == "abcd");
    in.count_sent(4);
    BOOST_TEST(in.unsent(4) == "ef");
    in.forget(3);
    BOOST_TEST(in.begin() == 3U);
    BOOST_TEST(in.unsent(4) == "ef");
    in.rewind();
    BOOST_TEST(in.unsent(9) == "def");
    in.append("g");
    BOOST_TEST(in.bytes_unsent() == 4U);
}

BOOST_AUTO_TEST_CASE(its_end_is_sent_behind_all_and_again) {
    replayed_input in;
    in.append("a");
    in.end();
    BOOST_TEST(!in.at_end());
    in.count_sent(1);
    BOOST_TEST(in.at_end());
    in.count_end();
    BOOST_TEST(!in.at_end());
    in.rewind();
    BOOST_TEST(!in.at_end());
    in.count_sent(1);
    BOOST_TEST(in.at_end());
}

BOOST_AUTO_TEST_CASE(what_another_attachment_wrote_forgets_nothing) {
    replayed_input in;
    in.append("abc");
    in.count_sent(1);
    in.forget(3);
    in.forget(0);
    BOOST_TEST(in.begin() == 0U);
    in.rewind();
    BOOST_TEST(in.unsent(9) == "abc");
}

BOOST_AUTO_TEST_CASE(goes_on_where_the_job_is) {
    replayed_input in;
    in.begin_at(100);
    in.append("abcdef");
    in.count_sent(4);
    BOOST_TEST(in.go_on_at(102));
    BOOST_TEST(in.unsent(9) == "cdef");
    in.count_sent(2);
    BOOST_TEST(in.go_on_at(104));
    BOOST_TEST(in.unsent(9) == "ef");
    BOOST_TEST(!in.go_on_at(105)); // which it did not send
    BOOST_TEST(!in.go_on_at(103));
    BOOST_TEST(in.begin() == 104U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
