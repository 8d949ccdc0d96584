#pragma once

#include "jobs/recording.hpp"
#include "process/spawn.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/job_messages.hpp>

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// The descriptors that a holder is given with its job; -1 stands for none.
struct holder_descriptors {
    int owner = -1; ///< The directory that has the directories of jobs.
    int cwd = -1;
    int child_in = -1; ///< What the command has as 0, 1 and 2; a terminal is the first of them.
    int child_out = -1;
    int child_err = -1; ///< None: the same as 1.
    int in = -1;        ///< Our ends of these.
    int out = -1;
    int err = -1;
    int terminal = -1; ///< The master of a terminal, in the place of these.
    int record = -1;   ///< The file of its recording.

    static constexpr std::size_t count = 10;

    [[nodiscard]] std::array<int, count> numbers() const {
        return {owner, cwd, child_in, child_out, child_err, in, out, err, terminal, record};
    }

    explicit holder_descriptors(const std::array<int, count>& n)
        : owner(n[0]),
          cwd(n[1]),
          child_in(n[2]),
          child_out(n[3]),
          child_err(n[4]),
          in(n[5]),
          out(n[6]),
          err(n[7]),
          terminal(n[8]),
          record(n[9]) {}

    holder_descriptors() = default;
};

/// What is to be known of a recording beside its file.
struct recording_launch {
    std::string name;
    std::string header;
    recording::settings how;
};

/// What a holder is told of its job; with its descriptors that is all that it knows.
struct job_launch {
    std::string name;
    boost::json::object request;            ///< What the file of that name has, beside what the holder adds.
    spawn_request command;                  ///< But for the descriptors.
    proto::resource_limits limits;          ///< Of all its processes together, and of processor time.
    std::optional<recording_launch> record; ///< Of its terminal.
    std::string cgroup;                     ///< The directory in which its cgroup is to be; empty: it gets none.
    bool typed = false;                     ///< With a terminal: it takes input.
    bool keep_children = false;
    std::uint64_t grace_ms = proto::default_grace_ms;
    std::uint64_t timeout_ms = 0;   ///< 0: none.
    std::uint64_t output_limit = 0; ///< 0: none.
    std::uint64_t keep_bytes = proto::default_keep_bytes;
    bool end_when_full = false;

    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] static proto::result<job_launch> parse(std::string_view text);
};

/// What came of a launch.
struct launch_outcome {
    enum class kind { started, exists, failed };

    kind what = kind::failed;
    std::int64_t pid = 0;
    proto::failure why;
    bool was_told = true; ///< False where the holder ended before.

    [[nodiscard]] std::string to_text() const;

    /// What a holder has written until it closed: where it crashed that ends in its last words.
    [[nodiscard]] static launch_outcome parse(std::string_view text);
};

} // namespace tug::service
