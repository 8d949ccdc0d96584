#pragma once

#include "nats_error.hpp"

#include <nats/nats.h>

#include <memory>
#include <string>

namespace tug::worker {

/// Owns what libnats gives out, and frees it by that function.
template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

template <class T, auto Free>
using handle = std::unique_ptr<T, freed_by<Free>>;

using connection_handle = handle<natsConnection, natsConnection_Destroy>;
using context_handle = handle<jsCtx, jsCtx_Destroy>;
using subscription_handle = handle<natsSubscription, natsSubscription_Destroy>;
using message_handle = handle<natsMsg, natsMsg_Destroy>;
using watcher_handle = handle<kvWatcher, kvWatcher_Destroy>;
using entry_handle = handle<kvEntry, kvEntry_Destroy>;

/// Throws nats_error unless all is well. `code`: what JetStream has said beside it.
void must(natsStatus status, const std::string& what, jsErrCode code = jsErrCode(0));

} // namespace tug::worker
