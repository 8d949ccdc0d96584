#pragma once

#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/wire_client.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

/// How a tugd_under_test is started.
struct launch {
    /// What stands before tugd in argv and becomes it by execve, such as `prlimit --nofile=64`.
    std::vector<std::string> wrapper{};
    environment env{};
    std::vector<std::string> listen{"127.0.0.1:0"};
    bool with_keys = false; ///< With `--keys` and the key below; else with `--no-auth`.
    std::string root{};     ///< Default: a new directory.
    std::string tugd{};     ///< The binary. Default: that of this build.
};

inline constexpr std::string_view test_key_id = "k1";

/// The key of that id, and another one. Their lines in a key file allow everything.
[[nodiscard]] const proto::secret_key& test_key();
[[nodiscard]] const proto::secret_key& other_key();
[[nodiscard]] std::string key_line(std::string_view id, const proto::secret_key& key);

/// A file that only its owner reads.
void write_key_file(const std::string& path, std::string_view text);

/// `base` with what tugd needs so that a sanitizer does what the test is about; the same in other builds.
[[nodiscard]] environment with_asan_options(std::string_view options, environment base = {});

/// The real tugd, black box, for tests of the process itself: its log goes to a file, so that it never waits for
/// a reader of it.
class tugd_under_test {
public:
    explicit tugd_under_test(std::vector<std::string> arguments = {}, const launch& how = {});

    [[nodiscard]] pid_t pid() const { return program_->pid(); }

    [[nodiscard]] const std::string& address(std::size_t n = 0) const { return addresses_.at(n); }

    /// A connection that is logged in.
    [[nodiscard]] wire_client connect(std::size_t n = 0) const;

    [[nodiscard]] std::string in_root(std::string_view name) const { return (root_ / name).string(); }

    [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

    [[nodiscard]] const std::string& key_file() const noexcept { return key_file_; }

    [[nodiscard]] std::string log() const { return read_file(log_file_); }

    void signal(int number) { program_->signal(number); }

    /// Waits for its end and returns the exit code, 128+n where a signal ended it.
    int wait(std::chrono::milliseconds most = bound) { return program_->wait(most); }

    /// SIGTERM, then wait().
    int stop();

private:
    temp_dir own_;
    std::filesystem::path root_;
    std::string key_file_;
    std::string log_file_;
    bool with_keys_;
    std::unique_ptr<program> program_;
    std::vector<std::string> addresses_;
};

} // namespace tug::test
