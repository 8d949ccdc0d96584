// The commands that README.md and OPERATING.md show work as they stand.

#include "support/build_paths.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tug::test {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    BOOST_REQUIRE_MESSAGE(text.find(from) != std::string::npos, "no " << from << " in\n" << text);
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// Two blocks of shell that follow one another: what ends with the start of tugd, and what is for another terminal.
class example {
public:
    /// The first block begins so.
    example(const std::string& page, std::string_view begin) {
        const auto text = read_file(source_dir() + "/" + page);
        auto at = text.find("```sh\n" + std::string(begin));
        BOOST_REQUIRE(at != std::string::npos);
        server_ = block(text, at);
        client_ = block(text, at);
    }

    /// Word for word, but for the places in /tmp, the port, and the directory of the binaries; from the top of the
    /// checkout, as the documents say.
    [[nodiscard]] run_result run_below(const temp_dir& dir) {
        for (auto* const part : {&server_, &client_}) {
            replace_all(*part, "/tmp/", dir / "");
            replace_all(*part, "build/bin/", bin_dir() + "/");
        }
        replace_all(server_, "--root", "--listen 127.0.0.1:0 --root");
        BOOST_REQUIRE(server_.ends_with("\n"));
        server_.pop_back();
        const auto script = "cd " + source_dir() + "\n" + server_ + " > $out &\ntugd=$!\n" +
                            "trap 'kill $tugd; wait $tugd' EXIT\n"
                            "until grep -q 'listening on 127.0.0.1:' $out; do sleep 0.05; done\n"
                            "export TUG_PORT=$(sed 's/.*://' $out)\n" +
                            client_;
        return run({"/bin/bash", "-ec", script}, {}, {{"out", dir / "out"}});
    }

private:
    /// The block that begins there or after it; moves on behind it.
    static std::string block(const std::string& text, std::size_t& at) {
        constexpr std::string_view fence = "```sh\n";
        const auto begin = text.find(fence, at);
        BOOST_REQUIRE(begin != std::string::npos);
        const auto first = begin + fence.size();
        at = text.find("```\n", first);
        BOOST_REQUIRE(at != std::string::npos);
        return text.substr(first, at - first);
    }

    std::string server_;
    std::string client_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(what_the_readme_does_by_hand) {
    const temp_dir dir;
    const auto r = example("README.md", "mkdir -p /tmp/tug-root").run_below(dir);
    BOOST_TEST(r.exit_code == 0, r.err);
    const auto readme = read_file(source_dir() + "/README.md");
    BOOST_TEST(read_file(dir / "tug-root/readme.md") == readme);
    BOOST_TEST(read_file(dir / "copy.md") == readme);
    BOOST_TEST(r.out.ends_with("greet\nhello\n"), r.out);
    const auto lines = std::ranges::count(readme, '\n');
    BOOST_TEST(r.out.find(std::to_string(lines) + " readme.md\n") != std::string::npos, r.out);
    BOOST_TEST(read_file(dir / "lines") == std::to_string(lines) + "\n");
}

BOOST_AUTO_TEST_CASE(tls_with_an_own_ca) {
    const temp_dir dir;
    write_key_file(dir / "tug.key", key_line(test_key_id, test_key()));
    const auto r = example("OPERATING.md", "mkdir -p /tmp/tug-tls").run_below(dir);
    BOOST_TEST(r.exit_code == 0, r.err);
    BOOST_TEST(r.out.find("Linux") != std::string::npos, r.out);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
