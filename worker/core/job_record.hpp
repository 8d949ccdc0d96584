#pragma once

#include "job_request.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tug::worker {

enum class record_state {
    assigned, ///< To a host, where it may have been started.
    started,
    ended,   ///< There is a result.
    failed,  ///< It never ran.
    unknown, ///< It may have run, may run still, and its end will not be known.
};

[[nodiscard]] std::string_view name_of(record_state state) noexcept;

/// What all workers know of a job: a key of the bucket of records. It is written over the revision that was read and no
/// other, so that of two workers one learns of the other.
struct job_record {
    record_state state = record_state::assigned;
    std::string host;          ///< The job is started there and on no other.
    std::string owner;         ///< The delivery that works on it.
    std::uint64_t claims = 1;  ///< How many deliveries have owned it.
    std::uint64_t message = 0; ///< Its sequence in the stream: another one of the same name is a duplicate.
    boost::json::object more;  ///< Once it is over: `result`, `tail`, `out`, `error`.

    [[nodiscard]] bool is_over() const noexcept {
        return state != record_state::assigned && state != record_state::started;
    }

    [[nodiscard]] std::string to_text() const;
    /// Fails with parse_error.
    [[nodiscard]] static result<job_record> parse(std::string_view text);
};

/// One as it is in the bucket.
struct stored_record {
    job_record what;
    std::uint64_t revision = 0;
};

/// `{"name","message"}`, with `field` and `os_error` where they are known.
[[nodiscard]] boost::json::object failure_object(const failure& why);

} // namespace tug::worker
