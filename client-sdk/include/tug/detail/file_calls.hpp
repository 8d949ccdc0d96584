#pragma once

#include <tug/detail/calls.hpp>
#include <tug/file_content.hpp>
#include <tug/file_info.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug {

class listing;
class watch;
struct watch_event;

} // namespace tug

namespace tug::detail {

class listing_state;
class watch_state;

using listing_ptr = std::shared_ptr<listing_state>;
using watch_ptr = std::shared_ptr<watch_state>;

[[nodiscard]] boost::asio::any_io_executor home_of(const listing_ptr& of);
[[nodiscard]] boost::asio::any_io_executor home_of(const watch_ptr& of);

// The calls of files and listing; see calls.hpp.

[[nodiscard]] boost::asio::awaitable<file_info> stat(session_ptr s, std::string path, symlinks at_end);
[[nodiscard]] boost::asio::awaitable<listing> list(session_ptr s, std::string path, list_options how);
[[nodiscard]] boost::asio::awaitable<file_digest> digest(session_ptr s, std::string path, digest_options how);
[[nodiscard]] boost::asio::awaitable<block_digests> digest_blocks(session_ptr s, std::string path, std::uint64_t block,
                                                                  digest_options how);
[[nodiscard]] boost::asio::awaitable<file_copy_result> copy(session_ptr s, std::string from, std::string to,
                                                            file_copy_options how);
[[nodiscard]] boost::asio::awaitable<file_space> space(session_ptr s, std::string path);
[[nodiscard]] boost::asio::awaitable<void> make_directory(session_ptr s, std::string path, std::uint32_t mode,
                                                          bool parents);
[[nodiscard]] boost::asio::awaitable<std::uint64_t> remove(session_ptr s, std::string path, depth how);
[[nodiscard]] boost::asio::awaitable<void> rename(session_ptr s, std::string from, std::string to, rename_mode how);
[[nodiscard]] boost::asio::awaitable<void> make_symlink(session_ptr s, std::string path, std::string target);
[[nodiscard]] boost::asio::awaitable<void> make_link(session_ptr s, std::string from, std::string to);
[[nodiscard]] boost::asio::awaitable<void> set_attributes(session_ptr s, std::string path, file_attributes to,
                                                          symlinks at_end);

[[nodiscard]] boost::asio::awaitable<watch> begin_watch(session_ptr s, std::string path, depth how);

[[nodiscard]] boost::asio::awaitable<std::optional<file_entry>> next(listing_ptr of);
[[nodiscard]] boost::asio::awaitable<std::optional<watch_event>> next(watch_ptr of);

} // namespace tug::detail
