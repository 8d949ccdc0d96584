#include "support/job_host.hpp"

#include "support/proc.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

pid_t parent_of(pid_t pid) {
    const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
    return static_cast<pid_t>(std::stoi(text.substr(text.rfind(')') + 4)));
}

} // namespace

job_host::job_host(std::vector<std::string> more, bool with_keys) : more_(std::move(more)), with_keys_(with_keys) {
    start();
}

job_host::~job_host() {
    try {
        for (const auto& name : started_) static_cast<void>(connect().ask("job.cancel", on(name)));
    } catch (const std::exception& e) {
        BOOST_TEST_MESSAGE("not ended: " << e.what());
    }
}

void job_host::start(const std::string& binary) {
    auto arguments = more_;
    arguments.insert(arguments.end(), {"--state-dir", state_ / "state"});
    launch how;
    how.with_keys = with_keys_;
    how.tugd = binary;
    tugd_ = std::make_unique<tugd_under_test>(arguments, how);
}

void job_host::kill_tugd() {
    tugd_->signal(SIGKILL);
    BOOST_TEST(tugd_->wait() == 128 + SIGKILL);
    start();
}

boost::json::object job_host::begin(const std::string& name, const std::string& script, boost::json::object more) {
    more["job"] = name;
    more["argv"] = boost::json::array{"sh", "-c", script};
    auto client = connect();
    const auto& answered = client.ask("job.start", more);
    if (answered.error().empty()) started_.push_back(name);
    return answered.result();
}

pid_t job_host::holder_of(const std::string& name) const {
    return parent_of(static_cast<pid_t>(connect().ask("job.status", on(name)).result().at("pid").as_int64()));
}

std::string job_host::file(const std::string& job, const std::string& name) const {
    return state_ / ("state/jobs/no-key/" + job + "/" + name);
}

boost::json::object on(const std::string& job) {
    return {{"job", job}};
}

bool has_ended(pid_t pid) {
    std::ostringstream all; // of a file that may not be there any more
    all << std::ifstream("/proc/" + std::to_string(pid) + "/stat").rdbuf();
    const auto text = all.str();
    return text.empty() || text.find(") Z ") != std::string::npos;
}

std::vector<pid_t> children_named(pid_t parent, const std::string& name) {
    std::vector<pid_t> out;
    for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
        std::ifstream children(thread.path() / "children");
        for (pid_t pid = 0; children >> pid;) {
            std::string comm;
            std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), comm);
            if (comm == name && !has_ended(pid)) out.push_back(pid);
        }
    }
    return out;
}

std::optional<pid_t> child_named(pid_t parent, const std::string& name) {
    const auto all = children_named(parent, name);
    return all.empty() ? std::nullopt : std::optional(all.front());
}

} // namespace tug::test
