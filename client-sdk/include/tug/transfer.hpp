#pragma once

#include <tug/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/file_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace tug {

using digest_kind = proto::digest_kind;

/// `size` and `digest` of what was stored; the digest is the one that this side computed too. `in_place`: see
/// put_options::in_place().
using put_result = proto::put_result;

/// `size` of the file, `bytes` that came, their `digest` (checked), `mode` and `mtime_ns`.
using get_result = proto::get_result;

/// How far a transfer is.
struct transfer_progress {
    std::uint64_t bytes = 0;            ///< Passed on so far.
    std::optional<std::uint64_t> total; ///< Of this transfer, where it is known.
};

/// Called on the executor of the client; it must not block. A put calls it after every piece (of at most 256 KiB), a
/// get after up to 4 that it has passed on together. What it throws ends the transfer.
using progress_callback = std::function<void(const transfer_progress&)>;

/// Where the bytes of a put come from.
class source {
public:
    source() = default;
    source(const source&) = delete;
    source& operator=(const source&) = delete;
    virtual ~source() = default;

    /// The next bytes, at most `most`; empty at the end. It runs on the executor of the client and must not block.
    /// What it throws ends the put, which throws it on; nothing is then stored.
    [[nodiscard]] virtual boost::asio::awaitable<chunk> next(std::size_t most) = 0;

    /// About how many bytes there will be, where that is known: what transfer_progress::total says. What counts is what
    /// comes: a source ends by an empty piece, and one that is cut short has to throw.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

/// Where the bytes of a get go.
class sink {
public:
    sink() = default;
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;
    virtual ~sink() = default;

    /// Takes the next bytes. It runs on the executor of the client and must not block. What it throws ends the get,
    /// which throws it on. That the bytes are whole and right is known only when the get returns.
    [[nodiscard]] virtual boost::asio::awaitable<void> write(chunk piece) = 0;
};

/// How to put. A value with chained setters: `tug::put_options().make_parents().on_progress(show)`.
class put_options {
public:
    put_options() = default;

    /// Permission bits of the file, at most 0777, also where it exists. Default: an existing file keeps those it has, a
    /// new one gets new_mode().
    put_options& mode(std::uint32_t bits);
    /// Permission bits of a file that did not exist, at most 0777. Default: those of the local file, 0644 for bytes and
    /// sources.
    put_options& new_mode(std::uint32_t bits);
    /// Time of the last change, in ns since the epoch. Default: that of the local file, else the time of the put.
    put_options& mtime_ns(std::int64_t time);
    /// Whether a local file's mode (as new_mode()) and mtime are sent. Default: yes.
    put_options& preserve(bool yes);
    /// With false, an existing file is already_exists. Default: it is replaced.
    put_options& overwrite(bool yes);
    /// With false, a symlink at the end of the path is replaced. Default: the file that it names is, inside the root.
    put_options& follow(bool yes);
    /// Writes into the file that is there, for what may be written and not replaced (a bind mount, a directory without
    /// write permission). Not atomic: a put that fails leaves an unknown part of both. See put_result::in_place.
    put_options& in_place(bool yes = true);
    /// Makes the directories that are missing.
    put_options& make_parents(bool yes = true);
    /// With false, tugd does not wait for the disk. Default: an answered put is there after a power cut.
    put_options& durable(bool yes);
    /// What the bytes are verified with: xxh3_128 (default) or sha256.
    put_options& digest(digest_kind kind);
    /// For the whole put, on the side of tugd: timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    put_options& timeout(std::chrono::milliseconds limit);
    put_options& on_progress(progress_callback call);

    [[nodiscard]] const proto::put_params& params() const noexcept { return params_; }

    [[nodiscard]] bool preserve() const noexcept { return preserve_; }

    [[nodiscard]] const progress_callback& progress() const noexcept { return progress_; }

private:
    proto::put_params params_;
    bool preserve_ = true;
    progress_callback progress_;
};

/// How to get. A value with chained setters: `tug::get_options().offset(4096).length(512)`.
class get_options {
public:
    /// What get_bytes() holds in memory at most, unless told otherwise.
    static constexpr std::uint64_t default_max_bytes = 64 * 1024 * 1024;

    get_options() = default;

    /// Where to begin, in bytes. Past the end of the file: range_invalid.
    get_options& offset(std::uint64_t bytes);
    /// How much to get, in bytes; clipped at the end of the file.
    get_options& length(std::uint64_t bytes);
    /// What the bytes are verified with: xxh3_128 (default), sha256 or none.
    get_options& digest(digest_kind kind);
    /// For the whole get, on the side of tugd: timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    get_options& timeout(std::chrono::milliseconds limit);
    /// With a callback and without length(), the size of the file is asked for first: one round trip more.
    get_options& on_progress(progress_callback call);
    /// Whether a local file gets mode (less the umask) and mtime of the remote one. Default: yes.
    get_options& preserve(bool yes);
    /// With false, a local file is not flushed to the disk. Default: it is, before it takes its name.
    get_options& durable(bool yes);
    /// For get_bytes(): a file that has more is size_mismatch. Default: default_max_bytes.
    get_options& max_bytes(std::uint64_t bytes);

    [[nodiscard]] const proto::get_params& params() const noexcept { return params_; }

    [[nodiscard]] const progress_callback& progress() const noexcept { return progress_; }

    [[nodiscard]] bool preserve() const noexcept { return preserve_; }

    [[nodiscard]] bool durable() const noexcept { return durable_; }

    [[nodiscard]] std::uint64_t max_bytes() const noexcept { return max_bytes_; }

private:
    proto::get_params params_;
    progress_callback progress_;
    bool preserve_ = true;
    bool durable_ = true;
    std::uint64_t max_bytes_ = default_max_bytes;
};

} // namespace tug
