#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tug::os {

/// An interrupted transfer of fewer bytes is not worth keeping.
inline constexpr std::uint64_t worth_keeping = 65'536;

/// 16 hex digits that are made of these texts.
[[nodiscard]] std::string token_of(std::initializer_list<std::string_view> texts);

/// The name under which what has come of an interrupted transfer is kept: ".tug-<16 hex>.part". It is made of all that
/// the transfer is bound to, so that no other one goes on with it.
[[nodiscard]] std::string partial_name(std::initializer_list<std::string_view> bound_to);

/// An interrupted transfer, open for reading and for writing behind its end, and locked as long as it is open.
struct partial_file {
    unique_fd fd;
    std::uint64_t size = 0;
};

/// Opens the file of that name, or makes it. `busy` where another transfer writes it. Where it has more than `most`
/// bytes it is emptied. What is no regular file of this user's own, that no other user can open and that has no other
/// name, is refused: io_error (EEXIST).
[[nodiscard]] proto::result<partial_file> open_partial(int directory, const std::string& name, std::uint64_t most);

} // namespace tug::os
