#pragma once

#include <tug/error.hpp>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tug::worker {

template <class T>
using result = boost::system::result<T, failure>;

/// A file of a job and the object of the store that it is made of, or that is made of it.
struct job_file {
    std::string object;
    std::string path; ///< On the host, below the root of its tugd.
};

/// What a message of the queue asks for.
struct job_request {
    boost::json::object params; ///< Of job.start, without its name. What is wrong with them tugd says.
    std::vector<job_file> in;   ///< Sent before the job starts.
    std::vector<job_file> out;  ///< Fetched after its end.
};

inline constexpr std::size_t most_files = 256; ///< Of either kind.

/// 1 to 64 of A-Za-z0-9._-, no dot first, last or behind another one: it is the name of a job of tugd, and as a subject
/// of NATS its dots part it.
[[nodiscard]] bool is_queue_name(std::string_view name) noexcept;

/// Reads a request. It fails with parse_error, or with invalid_params and the field: of `job`, which the message names
/// by itself, of `stdin` and `pty`, which nothing would write, of `keep_ms`, on which it depends that a job runs once,
/// and of `in` and `out`.
[[nodiscard]] result<job_request> read_request(std::string_view text);

/// The params of job.start for it, under that name.
[[nodiscard]] boost::json::object start_params(const job_request& request, const std::string& name);

} // namespace tug::worker
