#pragma once

#include <tug/proto/file_operation_messages.hpp>
#include <tug/proto/member_kinds.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace tug::proto {

/// The names of types of files on the wire.
inline constexpr std::array file_type_names{
    std::pair{file_type::file, std::string_view("file")},
    std::pair{file_type::directory, std::string_view("directory")},
    std::pair{file_type::symlink, std::string_view("symlink")},
    std::pair{file_type::fifo, std::string_view("fifo")},
    std::pair{file_type::socket, std::string_view("socket")},
    std::pair{file_type::block, std::string_view("block")},
    std::pair{file_type::character, std::string_view("char")},
};

inline constexpr choice_kind<file_type, file_type_names.size()> file_type_kind{file_type_names};

/// Of users and groups: -1 means "leave it" to chown(2).
inline constexpr std::uint32_t largest_id = std::numeric_limits<std::uint32_t>::max() - 1;

} // namespace tug::proto
