#pragma once

#include <tug/command.hpp>
#include <tug/detail/calls.hpp>
#include <tug/job_info.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug {

class job_attachment;
class job_listing;

} // namespace tug

namespace tug::detail {

class job_listing_state;

using job_listing_ptr = std::shared_ptr<job_listing_state>;

[[nodiscard]] boost::asio::any_io_executor home_of(const job_listing_ptr& of);

// The calls of jobs, job_attachment and job_listing; see calls.hpp.

[[nodiscard]] boost::asio::awaitable<started_job> start_job(session_ptr s, command what, job_options how);
[[nodiscard]] boost::asio::awaitable<job_attachment> attach_job(session_ptr s, std::string name, attach_options how);
[[nodiscard]] boost::asio::awaitable<std::uint64_t> input_position(process_ptr p);
[[nodiscard]] boost::asio::awaitable<exec_result> wait_for_job(session_ptr s, std::string name);
[[nodiscard]] boost::asio::awaitable<job_info> job_status(session_ptr s, std::string name);
[[nodiscard]] boost::asio::awaitable<job_listing> list_jobs(session_ptr s);
[[nodiscard]] boost::asio::awaitable<void> signal_job(session_ptr s, std::string name, std::string signal);
[[nodiscard]] boost::asio::awaitable<void> resize_job(session_ptr s, std::string name, std::uint16_t rows,
                                                      std::uint16_t cols);
[[nodiscard]] boost::asio::awaitable<void> cancel_job(session_ptr s, std::string name);
[[nodiscard]] boost::asio::awaitable<void> remove_job(session_ptr s, std::string name);
[[nodiscard]] boost::asio::awaitable<exec_result> run_once(session_ptr s, command what, job_options how);

[[nodiscard]] boost::asio::awaitable<std::optional<job_info>> next(job_listing_ptr of);

} // namespace tug::detail
