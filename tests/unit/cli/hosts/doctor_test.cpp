#include "cli/hosts/doctor.hpp"
#include "cli/hosts/login.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

namespace tug::cli {

namespace {

const auto now = std::chrono::system_clock::time_point(1'800'000'000s);

server_info healthy() {
    server_info info;
    info.server = "tug/" TUG_VERSION;
    info.time = now;
    info.cgroups = true;
    info.containment = "cgroup";
    info.lookup = "openat2";
    info.memory_total_bytes = 1U << 30U;
    info.memory_available_bytes = 1U << 29U;
    info.root = {"", true, 1U << 30U, 1U << 29U, 1000, 900};
    info.commands = info.connections = {1, 64};
    info.descriptors = {20, 1024};
    return info;
}

/// "what: how: remedy" of the lines that are not ok.
std::string complaints(
    const std::function<void(server_info&)>& change = [](server_info&) {},
    const std::vector<std::string>& permissions = {"exec", "put"}) {
    auto info = healthy();
    change(info);
    doctor_report report(true);
    check_server(info, permissions, now, report);
    std::string out;
    for (const auto& line : report.lines()) {
        const auto& one = line.as_object();
        if (one.at("verdict").as_string() == "ok") continue;
        for (const auto* part : {"verdict", "what", "how", "remedy"})
            out.append(std::string_view(one.at(part).as_string()))
                .append(part == std::string_view("remedy") ? "\n" : ": ");
    }
    return out;
}

bool says(const std::string& text, std::string_view begin, std::string_view part) {
    return text.starts_with(begin) && text.find(part) != std::string::npos && text.find('\n') == text.size() - 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(doctor_test)

BOOST_AUTO_TEST_CASE(a_healthy_server_has_no_complaint) {
    BOOST_TEST(complaints() == "");
    BOOST_TEST(complaints([](server_info& i) { i.time = now + 59s; }) == "");
    BOOST_TEST(complaints([](server_info& i) { i.certificate_ends = now + 24h * 15; }) == "");
    BOOST_TEST(complaints([](server_info& i) { i.root.writable = false; }, {"get"}) == "");
}

BOOST_AUTO_TEST_CASE(each_lack_is_told_with_what_mends_it) {
    const auto told = [](const std::function<void(server_info&)>& change, std::string_view begin,
                         std::string_view part) {
        const auto text = complaints(change);
        BOOST_TEST(says(text, begin, part), "'" << begin << "', '" << part << "': " << text);
    };
    told([](server_info& i) { i.time = now - 61s; }, "warning: clock", "61 s behind");
    told([](server_info& i) { i.time = now + 2h; }, "warning: clock", "7200 s ahead");
    told([](server_info& i) { i.server = "tug/9"; }, "warning: tugd", "same version");
    told([](server_info& i) { i.draining = true; }, "warning: tugd", "it is ending");
    told([](server_info& i) { i.certificate_ends = now + 24h * 13; }, "warning: certificate: ends in 13 d",
         "--tls-cert");
    told([](server_info& i) { i.certificate_ends = now - 1s; }, "warning: certificate: has ended", "--tls-cert");
    told([](server_info& i) { i.cgroups = false; }, "warning: cgroups", "Delegate=yes");
    told([](server_info& i) { i.root.error = "ENOENT"; }, "wrong: root", "ENOENT");
    told([](server_info& i) { i.root.writable = false; }, "warning: root", "not writable");
    told([](server_info& i) { i.root.available_bytes = 1U << 20U; }, "warning: root", "free disk space");
    told([](server_info& i) { i.root.files_free = 10; }, "warning: root", "inodes");
    told([](server_info& i) { i.memory_available_bytes = 1U << 20U; }, "warning: memory", "1.0M");
    told([](server_info& i) { i.commands = {60, 64}; }, "warning: commands", "--max-commands");
    told([](server_info& i) { i.descriptors = {1000, 1024}; }, "warning: descriptors", "LimitNOFILE");
    told([](server_info& i) { i.jobs = {256, 256}; }, "warning: jobs", "--max-jobs");
    told([](server_info& i) { i.state.emplace().error = "EROFS"; }, "wrong: state", "EROFS");
}

BOOST_AUTO_TEST_CASE(a_block_says_what_the_configuration_does_not_say_already) {
    options o;
    o.key_file = "/k";
    o.tls.ca = "/a dir/ca";
    BOOST_TEST(block_for(o, "web", "10.0.0.7", {}) ==
               "host web\n    address 10.0.0.7\n    key-file /k\n    tls-ca '/a dir/ca'\n");
    BOOST_TEST(block_for(o, "web", "web", {{"key-file", "/k"}, {"tls-ca", "/a dir/ca"}}) == "host web\n");
    BOOST_TEST(block_for(o, "web", "web", {{"key-file", "/other"}, {"tls-ca", "/a dir/ca"}}) ==
               "host web\n    key-file /k\n");
    host_config config;
    config.add(block_for(o, "web", "10.0.0.7", {}), "/f");
    BOOST_TEST(config.settings_of("web").at("tls-ca") == "/a dir/ca");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
