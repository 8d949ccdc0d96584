#include "cli/completion/complete_line.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::cli;

/// A source that notes what it is asked.
struct asked {
    std::string of; ///< The flags, the host and the directory of the last question.

    name_source source() {
        name_source out;
        out.hosts = [] { return name_source::names{"web1", "web2", "db"}; };
        out.jobs = [this](const auto& flags, const auto& host) {
            note(flags, host);
            return name_source::names{"nightly", "build"};
        };
        out.files = [this](const auto& flags, const auto& host, const auto& directory) {
            note(flags, host + ":" + directory);
            return name_source::names{"a b", "src/", "site.tar"};
        };
        return out;
    }

    std::string complete(std::string_view line) {
        const auto found = complete_line(line, source());
        std::string out;
        for (const auto& c : found.words) out += (out.empty() ? "" : " ") + c.text;
        return found.local_files ? out + " +files" : out;
    }

private:
    void note(const std::vector<std::string>& flags, const std::string& where) {
        of.clear();
        for (const auto& flag : flags) of += flag + " ";
        of += where;
    }
};

BOOST_FIXTURE_TEST_SUITE(cli_complete_line, asked)

BOOST_AUTO_TEST_CASE(commands_and_hosts) {
    BOOST_TEST(complete("tug ex") == "exec");
    BOOST_TEST(complete("tug we") == "web1 web2");
    BOOST_TEST(complete("tug --json inf") == "info");
    BOOST_TEST(complete("tug --timeout 3 inf") == "info");
    BOOST_TEST(complete("tug job-") == "");
    BOOST_TEST(complete("tug job st") == "start status");
    BOOST_TEST(complete("tug ").find("exec") != std::string::npos);
    BOOST_TEST(complete("tug") == "");
    BOOST_TEST(complete("") == "");
}

BOOST_AUTO_TEST_CASE(hosts_to_go_through) {
    BOOST_TEST(complete("tug exec --jump we") == "web1 web2");
    BOOST_TEST(complete("tug -J d") == "db");
    BOOST_TEST(complete("tug forward -J db,we") == "db,web1 db,web2");
    BOOST_TEST(complete("tug forward -L we") == "");
    BOOST_TEST(complete("tug forward --no-r") == "--no-reconnect");
}

BOOST_AUTO_TEST_CASE(flags_are_those_of_the_command) {
    BOOST_TEST(complete("tug top --de") == "--delay");
    BOOST_TEST(complete("tug put --no-d") == "--no-durable");
    BOOST_TEST(complete("tug get --no-d") == "");
    BOOST_TEST(complete("tug get --key-f") == "--key-file --key-file-mode");
    BOOST_TEST(complete("tug --key-file ") == " +files");
    BOOST_TEST(complete("tug exec --cwd ") == "");
    BOOST_TEST(complete("tug exec web1 -- ls --a") == " +files"); // of ls
    BOOST_TEST(complete("tug exec web1 ls -") == " +files");
}

BOOST_AUTO_TEST_CASE(hosts_where_a_host_stands) {
    for (const auto* command : {"exec", "shell", "info", "top", "ping", "repl", "job ls", "job status", "logs"})
        BOOST_TEST(complete("tug " + std::string(command) + " d") == "db", command);
    BOOST_TEST(complete("tug info db ") == "");
    BOOST_TEST(complete("tug keygen d") == "");
}

BOOST_AUTO_TEST_CASE(jobs_are_asked_for_on_their_host) {
    BOOST_TEST(complete("tug job logs --tail 3 --key-file k db n") == "nightly");
    BOOST_TEST(of == "--key-file k db");
    BOOST_TEST(complete("tug logs db ") == "nightly build");
}

BOOST_AUTO_TEST_CASE(paths_are_asked_for_on_their_host) {
    BOOST_TEST(complete("tug ls web1:/srv/s") == "web1:/srv/src/ web1:/srv/site.tar");
    BOOST_TEST(of == "web1:/srv/");
    BOOST_TEST(complete("tug ls -P 99 :s") == ":src/ :site.tar");
    BOOST_TEST(of == "-P 99 :");
    BOOST_TEST(complete("tug ls [::1]:s") == "[::1]:src/ [::1]:site.tar");
    BOOST_TEST(of == "[::1]:");
    BOOST_TEST(complete("tug ls 'web1:a ") == "web1:a b"); // within quotes
    BOOST_TEST(complete("tug ls w") == "web1: web2:");
    BOOST_TEST(complete("tug put a w") == "web1: web2: +files");
    BOOST_TEST(complete("tug put a") == " +files");
    BOOST_TEST(complete("tug get web1:a b") == " +files");
    BOOST_TEST(complete("tug cp d") == "db: +files");
}

BOOST_AUTO_TEST_CASE(help_and_errors) {
    BOOST_TEST(complete("tug help sy") == "sync");
    BOOST_TEST(complete("tug help errors not_f") == "not_found");
    BOOST_TEST(complete("tug help exec not_f") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
