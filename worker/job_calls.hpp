#pragma once

#include "core/delivery.hpp"
#include "nats/queue_link.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace tug::worker {

// What a worker asks a host for. All of it throws tug::error, and std::bad_alloc.

/// Sends the input files. An object that cannot be had is the error not_found or io_error; busy where NATS does not
/// answer.
boost::asio::awaitable<void> send_files(client& on, const job_request& request, queue_link& queue,
                                        boost::asio::thread_pool& threads);

boost::asio::awaitable<void> start_job(client& on, const job_request& request, std::string name);

/// Whether the host has a job of that name.
boost::asio::awaitable<bool> knows_job(client& on, std::string name);

/// The result of exec, as PROTOCOL.md has it.
boost::asio::awaitable<boost::json::object> end_of_job(client& on, std::string name);

/// `tail`: the last bytes of its output in base64, at most so many of each. `out`: what became of each output file.
boost::asio::awaitable<boost::json::object> collect(client& on, const job_request& request, std::string name,
                                                    std::size_t tail, queue_link& queue,
                                                    boost::asio::thread_pool& threads);

} // namespace tug::worker
