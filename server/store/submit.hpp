// From a shard's StoreRequest to the call that it stands for, and from the call's answer to a StoreResponse.
// For those who carry out a shard's actions; thread-safe as the store is.
#pragma once
#include <utility>
#include <variant>

#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

/// Asks `store` and passes its answer to `done(StoreResponse)`, once, on the thread on which the store answers.
template <typename Done>
void submit(Store& store, core::StoreRequest&& request, Done done) {
  const auto answer = [ticket = request.ticket, done = std::move(done)](auto what) {
    done(core::StoreResponse{ticket, std::move(what)});
  };
  if (auto* open = std::get_if<core::OpenLog>(&*request.what)) return store.open(std::move(open->key), answer);
  if (auto* append = std::get_if<core::AppendLogs>(&*request.what)) return store.append(std::move(append->writes), answer);
  if (auto* read = std::get_if<core::ReadRange>(&*request.what)) return store.read(std::move(*read), answer);
  if (auto* trim = std::get_if<core::TrimLog>(&*request.what)) return store.trim(std::move(*trim), answer);
  if (auto* define = std::get_if<core::DefineRoom>(&*request.what))
    return store.put_kept(KeptWrite{{kept_change(define->room)}}, answer);
  store.erase(std::move(std::get<core::EraseLog>(*request.what).key), answer);
}

}  // namespace dialogue::store
