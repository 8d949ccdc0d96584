#pragma once

#include <tug/chunk.hpp>
#include <tug/digest_kind.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug {

/// What was stored.
struct put_result {
    std::uint64_t size = 0; ///< In bytes.
    std::string digest;     ///< "xxh3-128:<hex>" or "sha256:<hex>": of what tugd stored and what this side sent.
    bool in_place = false;  ///< The file was written into, and not replaced as a whole: see put_options::in_place().
    bool unchanged = false; ///< No bytes were sent: the file was there already, see put_options::if_changed().
    std::uint64_t resumed_at = 0; ///< So much was there already of an interrupted put, see put_options::resume().
};

/// What was fetched.
struct get_result {
    std::uint64_t size = 0;       ///< Of the file when it was opened; 0 for one of /proc, whose size is not known.
    std::uint64_t bytes = 0;      ///< That came.
    std::string digest;           ///< Of the bytes that came, and checked; empty with digest_kind::none.
    std::uint32_t mode = 0;       ///< Permission bits.
    std::int64_t mtime_ns = 0;    ///< The last change, since the epoch.
    bool unchanged = false;       ///< Nothing came: the file is what is here already, see get_options::if_changed().
    std::uint64_t resumed_at = 0; ///< So much was here already of an interrupted get, see get_options::resume().
};

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

    /// It takes what comes as fast as it comes: see command::reader_keeps_up(). Asked once, before the first write().
    [[nodiscard]] virtual bool keeps_up() const noexcept { return false; }
};

/// A token for put_options::resume() and get_options::resume() that is made of these texts: of what tells a transfer
/// from others, as its file, the time of its last change, and where it goes.
[[nodiscard]] std::string resume_token(std::initializer_list<std::string_view> texts);

/// How to put. A value with chained setters: `tug::put_options().make_parents().on_progress(show)`.
class put_options {
public:
    /// What was set, for those who show or store it.
    struct settings_type {
        std::optional<std::uint32_t> mode;
        std::optional<std::uint32_t> new_mode;
        std::optional<std::int64_t> mtime_ns;
        std::optional<std::chrono::milliseconds> timeout;
        progress_callback progress;
        digest_kind digest = digest_kind::xxh3_128;
        bool preserve = true;
        bool overwrite = true;
        bool follow = true;
        bool in_place = false;
        bool make_parents = false;
        bool durable = true;
        bool if_changed = false;
        std::optional<std::string> if_match;
        std::optional<std::string> resume;
        std::optional<std::uint64_t> limit_rate;
        std::optional<std::uint32_t> compress;
        bool delta = false;
    };

    put_options() = default;

    /// Permission bits of the file, at most 0777, also where it exists. Default: an existing file keeps those it has, a
    /// new one gets new_mode().
    put_options& mode(std::uint32_t bits) &;

    put_options&& mode(std::uint32_t bits) && { return std::move(mode(bits)); }

    /// Permission bits of a file that did not exist, at most 0777. Default: those of the local file, 0644 for bytes and
    /// sources.
    put_options& new_mode(std::uint32_t bits) &;

    put_options&& new_mode(std::uint32_t bits) && { return std::move(new_mode(bits)); }

    /// Time of the last change, in ns since the epoch. Default: that of the local file, else the time of the put.
    put_options& mtime_ns(std::int64_t time) &;

    put_options&& mtime_ns(std::int64_t time) && { return std::move(mtime_ns(time)); }

    /// Whether a local file's mode (as new_mode()) and mtime are sent. Default: yes.
    put_options& preserve(bool yes) &;

    put_options&& preserve(bool yes) && { return std::move(preserve(yes)); }

    /// With false, an existing file is already_exists. Default: it is replaced.
    put_options& overwrite(bool yes) &;

    put_options&& overwrite(bool yes) && { return std::move(overwrite(yes)); }

    /// With false, a symlink at the end of the path is replaced. Default: the file that it names is, inside the root.
    put_options& follow(bool yes) &;

    put_options&& follow(bool yes) && { return std::move(follow(yes)); }

    /// Writes into the file that is there, for what may be written and not replaced (a bind mount, a directory without
    /// write permission). Not atomic: a put that fails leaves an unknown part of both. See put_result::in_place.
    put_options& in_place(bool yes = true) &;

    put_options&& in_place(bool yes = true) && { return std::move(in_place(yes)); }

    /// Makes the directories that are missing.
    put_options& make_parents(bool yes = true) &;

    put_options&& make_parents(bool yes = true) && { return std::move(make_parents(yes)); }

    /// With false, tugd does not wait for the disk. Default: an answered put is there after a power cut.
    put_options& durable(bool yes) &;

    put_options&& durable(bool yes) && { return std::move(durable(yes)); }

    /// Replaces nothing but a file of this digest (as put_result::digest says it), or with "absent" no file at all;
    /// else precondition_failed. A text that is neither is invalid_params.
    put_options& if_match(std::string digest) &;

    put_options&& if_match(std::string digest) && { return std::move(if_match(std::move(digest))); }

    /// Digests a local file first and sends nothing where the host has it already, which then stays as it is, mode and
    /// time too. For local files.
    put_options& if_changed(bool yes = true) &;

    put_options&& if_changed(bool yes = true) && { return std::move(if_changed(yes)); }

    /// What comes of a put that is interrupted, if it is 64 KiB or more, is kept on the host, for 24 h unless tugd was
    /// told otherwise, under this token: 1 to 64 of A-Z a-z 0-9 . _ -, not first a dot. The next put of the same token,
    /// key, path and size goes on with it; what is stored is verified as a whole, and where it is not what was sent,
    /// all is sent anew, once. While another put of it runs: busy. For local files of a known size.
    put_options& resume(std::string token) &;

    put_options&& resume(std::string token) && { return std::move(resume(std::move(token))); }

    /// Sends what differs from the file that is there alone, where both have 1 MiB or more: blocks of 64 KiB and more
    /// are compared at equal positions, so that it pays for what was appended or changed in place. Costs a round trip,
    /// and both sides read their file once more. Such a put begins anew when it is interrupted, whatever resume() says.
    put_options& delta(bool yes = true) &;

    put_options&& delta(bool yes = true) && { return std::move(delta(yes)); }

    /// Sends no more than that many bytes a second, but for a tenth of a second's worth at once. At least 1.
    put_options& limit_rate(std::uint64_t bytes_per_second) &;

    put_options&& limit_rate(std::uint64_t bytes_per_second) && { return std::move(limit_rate(bytes_per_second)); }

    /// Compresses the bytes on their way (Zstandard, 1 to 19; what is beyond is cut) where that saves an eighth of
    /// them, which a sample of the data tells: for links that are slower than the disks. Level and time are of this
    /// side.
    put_options& compress(std::uint32_t level = 3) &;

    put_options&& compress(std::uint32_t level = 3) && { return std::move(compress(level)); }

    /// What the bytes are verified with: xxh3_128 (default) or sha256.
    put_options& digest(digest_kind kind) &;

    put_options&& digest(digest_kind kind) && { return std::move(digest(kind)); }

    /// For the whole put, on the side of tugd: timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    put_options& timeout(std::chrono::milliseconds limit) &;

    put_options&& timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }

    put_options& on_progress(progress_callback call) &;

    put_options&& on_progress(progress_callback call) && { return std::move(on_progress(std::move(call))); }

    [[nodiscard]] const settings_type& settings() const noexcept { return set_; }

private:
    settings_type set_;
};

/// How to get. A value with chained setters: `tug::get_options().offset(4096).length(512)`.
class get_options {
public:
    /// What get_bytes() holds in memory at most, unless told otherwise.
    static constexpr std::uint64_t default_max_bytes = 64 * 1024 * 1024;

    /// What was set, for those who show or store it.
    struct settings_type {
        std::uint64_t offset = 0;
        std::optional<std::uint64_t> length;
        std::optional<std::chrono::milliseconds> timeout;
        progress_callback progress;
        std::uint64_t max_bytes = default_max_bytes;
        digest_kind digest = digest_kind::xxh3_128;
        bool preserve = true;
        bool durable = true;
        bool if_changed = false;
        bool delta = false;
        std::optional<std::string> resume;
        std::optional<std::uint64_t> limit_rate;
        std::optional<std::uint32_t> compress;
    };

    get_options() = default;

    /// Where to begin, in bytes. Past the end of the file: range_invalid.
    get_options& offset(std::uint64_t bytes) &;

    get_options&& offset(std::uint64_t bytes) && { return std::move(offset(bytes)); }

    /// How much to get, in bytes; clipped at the end of the file.
    get_options& length(std::uint64_t bytes) &;

    get_options&& length(std::uint64_t bytes) && { return std::move(length(bytes)); }

    /// What the bytes are verified with: xxh3_128 (default), sha256 or none.
    get_options& digest(digest_kind kind) &;

    get_options&& digest(digest_kind kind) && { return std::move(digest(kind)); }

    /// For the whole get, on the side of tugd: timed_out. At least 1 ms, at most 24 h; what is beyond is cut.
    get_options& timeout(std::chrono::milliseconds limit) &;

    get_options&& timeout(std::chrono::milliseconds limit) && { return std::move(timeout(limit)); }

    /// With a callback and without length(), the size of the file is asked for first: one round trip more.
    get_options& on_progress(progress_callback call) &;

    get_options&& on_progress(progress_callback call) && { return std::move(on_progress(std::move(call))); }

    /// Whether a local file gets mode (less the umask) and mtime of the remote one. Default: yes.
    get_options& preserve(bool yes) &;

    get_options&& preserve(bool yes) && { return std::move(preserve(yes)); }

    /// With false, a local file is not flushed to the disk. Default: it is, before it takes its name.
    get_options& durable(bool yes) &;

    get_options&& durable(bool yes) && { return std::move(durable(yes)); }

    /// Digests the local file first, where there is one, and gets nothing where the remote one is the same; the local
    /// one then stays as it is. For get() to a local file, and the whole of it.
    get_options& if_changed(bool yes = true) &;

    get_options&& if_changed(bool yes = true) && { return std::move(if_changed(yes)); }

    /// What comes of a get that is interrupted, if it is 64 KiB or more, stays beside the local file as
    /// `.tug-<16 hex>.part`. The next get of the same token and paths goes on with it, unless the file on the host was
    /// changed since; all of it is verified, and where it is not what the host has, all is fetched anew, once. For
    /// get() to a local file, and the whole of it. Not with digest_kind::none.
    get_options& resume(std::string token) &;

    get_options&& resume(std::string token) && { return std::move(resume(std::move(token))); }

    /// Gets what differs from the local file alone, where that has 1 MiB or more: blocks of 64 KiB and more are
    /// compared at equal positions, as put_options::delta() does. All of it is verified, and where it is not what the
    /// host has, all is fetched anew, once. Such a get begins anew when it is interrupted, whatever resume() says. For
    /// get() to a local file, and the whole of it. Not with digest_kind::none.
    get_options& delta(bool yes = true) &;

    get_options&& delta(bool yes = true) && { return std::move(delta(yes)); }

    /// Takes no more than that many bytes a second; up to a window, 1 MiB, may come ahead of that. At least 1.
    get_options& limit_rate(std::uint64_t bytes_per_second) &;

    get_options&& limit_rate(std::uint64_t bytes_per_second) && { return std::move(limit_rate(bytes_per_second)); }

    /// Compresses the bytes on their way (Zstandard, 1 to 19; what is beyond is cut) where that saves an eighth of
    /// them, which a sample of the data tells: for links that are slower than the disks. Level and time are of the
    /// host.
    get_options& compress(std::uint32_t level = 3) &;

    get_options&& compress(std::uint32_t level = 3) && { return std::move(compress(level)); }

    /// For get_bytes(): a file that has more is size_mismatch. Default: default_max_bytes.
    get_options& max_bytes(std::uint64_t bytes) &;

    get_options&& max_bytes(std::uint64_t bytes) && { return std::move(max_bytes(bytes)); }

    [[nodiscard]] const settings_type& settings() const noexcept { return set_; }

private:
    settings_type set_;
};

} // namespace tug
