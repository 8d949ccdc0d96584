#pragma once

#include "jobs/job_marks.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/proto/error.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// The directory of a job, in which it is found by its holder, by the daemon that started it and by those that come
/// later. Its files: `request` (what was asked for; written before the job has its name), `lock` (locked as long as
/// the holder lives), `socket` (on which the holder is talked to), `stdout`, `stderr` (spools), `marks`, `holder.log`
/// (stderr of the holder, until there is a result), and then `result` or, where the job was found to be lost, `lost`.
///
/// All functions block. Thread safe.
class job_directory {
public:
    explicit job_directory(os::unique_fd directory) noexcept : fd_(std::move(directory)) {}

    /// Nothing, with errno, where there is none of that name.
    [[nodiscard]] static std::optional<job_directory> open(int owner, const std::string& name);

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    /// A path of the socket that is not too long for one, whatever the state directory is called.
    [[nodiscard]] std::string socket_path() const;

    /// True while a holder lives.
    [[nodiscard]] bool is_held() const;

    /// The object in a file; nothing where there is no such file, or it is none. Fails where it cannot be read, as for
    /// want of descriptors: then it is not known whether it is there.
    [[nodiscard]] proto::result<std::optional<boost::json::object>> find(const char* file) const;

    /// The same, and nothing where it cannot be read.
    [[nodiscard]] std::optional<boost::json::object> read(const char* file) const;

    /// Writes a file that is there as a whole or not at all, also after a power cut. 0 or the errno.
    [[nodiscard]] int write(const char* file, const boost::json::object& content) const;

    /// Writes a file of a directory that has no name yet, where no one finds a part of it: one flush, which on most
    /// file systems takes along all that was made in the directory before. 0 or the errno.
    [[nodiscard]] int write_first(const char* file, const boost::json::object& content) const;

    /// Takes the room that a result needs: a disk that is full then does not keep it from being written. 0 or the
    /// errno.
    [[nodiscard]] int reserve(const char* file) const;

    /// A spool, or nothing.
    [[nodiscard]] os::unique_fd open_file(const char* file, int flags) const;

    /// Zeros where there are none. Fails where that cannot be known, as find() does.
    [[nodiscard]] proto::result<job_marks> marks() const;

    /// What the holder wrote to stderr last, as last_words().
    [[nodiscard]] std::string holder_words() const;

    /// Removes the files that a job has.
    void clear() const noexcept;

private:
    os::unique_fd fd_;
};

namespace job_file {
inline constexpr const char* request = "request";
inline constexpr const char* result = "result";
inline constexpr const char* lost = "lost";
inline constexpr const char* lock = "lock";
inline constexpr const char* socket = "socket";
inline constexpr const char* standard_output = "stdout";
inline constexpr const char* standard_error = "stderr";
inline constexpr const char* marks = "marks";
inline constexpr const char* words = "holder.log";
} // namespace job_file

/// A name that no job has, in the directory of an owner: of a job that begins, or is being removed.
[[nodiscard]] std::string unnamed_job();

/// Removes the directory of a job: first its name, then its files. 0 or the errno.
[[nodiscard]] int remove_job(int owner, const std::string& name);

} // namespace tug::service
