#pragma once

#include "tug/proto/error.hpp"
#include "tug/proto/file_operation_messages.hpp"
#include "tug/proto/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tug::proto {

// Trees cross the wire as streams of entries (PROTOCOL.md, "Entries"): records, each with a head of JSON and raw bytes.
// They are bytes of an ordinary stream, so that heads use up credit as bodies do.

/// What an entry is; also a line of a listing, without bytes.
struct entry_head {
    std::string path; ///< Relative to the top, which is "."; any bytes.
    file_type type = file_type::file;
    std::uint64_t size = 0; ///< Of a file.
    std::uint32_t mode = 0;
    std::int64_t mtime_ns = 0;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::string target;   ///< Of a symlink.
    std::string link;     ///< Of a file that has another name: an earlier path.
    std::string digest;   ///< Of a file in a listing, where that was asked for.
    bool same = false;    ///< The receiver has its content; there are no bytes.
    bool absent = false;  ///< The sender has none of that path.
    bool changed = false; ///< The file changed while it was read.
    std::optional<std::uint64_t>
        delta; ///< What comes is what differs from the receiver's file, by blocks of that size.
};

/// So much of a tree.
struct tree_amount {
    std::uint64_t files = 0; ///< What is no directory.
    std::uint64_t bytes = 0; ///< Sizes of files.

    [[nodiscard]] bool operator==(const tree_amount&) const = default;
};

/// The head of a record that goes on with the last entry.
struct entry_more {
    std::optional<std::uint64_t>
        offset; ///< Where its bytes begin; what is before them is a hole, or with a delta as it was.
    bool changed = false;
    std::optional<tree_amount> passed; ///< What the sender has come by so far, sent or not.
    std::optional<tree_amount> total;  ///< Of its tree.
    std::string digest{};              ///< Of all of a file that is sent as a delta; with its end.
};

/// The longest head, in bytes: a path of 1,000 names of 255 bytes as base64, and the rest.
inline constexpr std::size_t max_entry_head = 512 * 1024;

/// The deepest entry: so many names in a path.
inline constexpr std::size_t max_entry_depth = 1'000;

inline constexpr std::size_t record_header_size = 8;

/// The two sizes in front of a record, at `to`, which has record_header_size bytes.
void write_record_header(std::byte* to, std::uint32_t head_size, std::uint32_t body_size) noexcept;

/// Heads as JSON text, at the end of `out`.
void append_head(std::string& out, const entry_head& head);
void append_head(std::string& out, const entry_more& head);

/// Whether `a` comes before `b` in a stream of entries: names in the order of their bytes, a directory before what is
/// in it.
[[nodiscard]] bool comes_before(std::string_view a, std::string_view b) noexcept;

/// Whether `path` is below the directory of that path.
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory) noexcept;

/// What can be said of an entry's path from its text alone: 1 to max_entry_depth names of 1 to 255 bytes, none of them
/// "." or "..", or "." as a whole. path_denied for what would lead outside.
[[nodiscard]] result<void> check_entry_path(std::string_view path);

/// Where the records of a stream go.
class entry_sink {
public:
    entry_sink() = default;
    entry_sink(const entry_sink&) = delete;
    entry_sink& operator=(const entry_sink&) = delete;
    virtual ~entry_sink() = default;

    [[nodiscard]] virtual result<void> begin(entry_head head) = 0;
    [[nodiscard]] virtual result<void> more(entry_more head) = 0;
    /// The next bytes of the entry, never none.
    [[nodiscard]] virtual result<void> bytes(std::span<const std::byte> some) = 0;

    /// It has to do something else before it takes more.
    [[nodiscard]] virtual bool paused() const noexcept { return false; }

protected:
    entry_sink(entry_sink&&) = default;
    entry_sink& operator=(entry_sink&&) = default;
};

/// Takes a stream of entries apart, however it is cut. It holds one head at most. Paths, order and duplicates are
/// checked: every entry comes behind the one before. Fails with what is wrong, of the field `entry`.
/// Thread safety: none.
class entry_decoder {
public:
    /// Gives how many bytes it took: all of them, unless the sink paused.
    [[nodiscard]] result<std::size_t> feed(std::span<const std::byte> bytes, entry_sink& to);

    /// True where the stream may end here.
    [[nodiscard]] bool at_border() const noexcept { return have_ == 0 && !in_head_ && body_left_ == 0; }

private:
    [[nodiscard]] result<void> take_body(std::span<const std::byte>& bytes, entry_sink& to);
    [[nodiscard]] result<void> take_front(std::span<const std::byte>& bytes, entry_sink& to);
    [[nodiscard]] result<void> begin_record(entry_sink& to);
    [[nodiscard]] result<void> take_head(std::string_view text, entry_sink& to);

    json_reader reader_;
    std::string held_; ///< A header, then a head, that came in part.
    std::size_t have_ = 0;
    std::size_t head_size_ = 0;
    std::uint64_t body_left_ = 0;
    std::uint64_t body_after_head_ = 0;
    bool in_head_ = false;
    std::string last_; ///< The path of the entry before.
    bool last_absent_ = false;
};

} // namespace tug::proto
