#pragma once

#include "support/tugd_under_test.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tug::test {

/// tugd after tugd over one state directory. What is left of jobs ends with it.
class job_host {
public:
    explicit job_host(std::vector<std::string> more = {}, bool with_keys = false);
    job_host(const job_host&) = delete;
    job_host& operator=(const job_host&) = delete;
    ~job_host();

    /// Another tugd, of another binary where one is named.
    void start(const std::string& binary = {});

    void kill_tugd();

    [[nodiscard]] wire_client connect() const { return tugd_->connect(); }

    [[nodiscard]] tugd_under_test& tugd() { return *tugd_; }

    /// Starts a shell that runs `script`.
    boost::json::object begin(const std::string& name, const std::string& script, boost::json::object more = {});

    [[nodiscard]] pid_t holder_of(const std::string& name) const;

    /// The path of a file in the directory of a job.
    [[nodiscard]] std::string file(const std::string& job, const std::string& name) const;

private:
    std::vector<std::string> more_;
    bool with_keys_;
    temp_dir state_;
    std::unique_ptr<tugd_under_test> tugd_;
    std::vector<std::string> started_;
};

/// The params of a method that has but the name of a job.
[[nodiscard]] boost::json::object on(const std::string& job);

/// Also where it is a zombie.
[[nodiscard]] bool has_ended(pid_t pid);

/// Children of any of its threads that live.
[[nodiscard]] std::vector<pid_t> children_named(pid_t parent, const std::string& name);
[[nodiscard]] std::optional<pid_t> child_named(pid_t parent, const std::string& name);

} // namespace tug::test
