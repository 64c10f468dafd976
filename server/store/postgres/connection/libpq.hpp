// PostgreSQL's client library, loaded when the first address of a PostgreSQL store is read: it brings LDAP, Kerberos and a second
// TLS library, which no other server needs. Any thread.
#pragma once
#include <libpq-fe.h>

namespace dialogue::store {

// The functions that the store calls.
// clang-format off
#define DIALOGUE_LIBPQ_FUNCTIONS(use) \
  use(PQbackendPID) use(PQclear) use(PQconnectdbParams) use(PQconninfoFree) \
  use(PQconninfoParse) use(PQconsumeInput) use(PQenterPipelineMode) use(PQerrorMessage) \
  use(PQexec) use(PQexitPipelineMode) use(PQfinish) use(PQflush) \
  use(PQfreemem) use(PQgetResult) use(PQgetisnull) use(PQgetlength) \
  use(PQgetvalue) use(PQisBusy) use(PQnotifies) use(PQntuples) \
  use(PQparameterStatus) use(PQpipelineSync) use(PQresultErrorField) use(PQresultStatus) \
  use(PQsendPrepare) use(PQsendQueryPrepared) use(PQserverVersion) use(PQsetNoticeProcessor) \
  use(PQsetnonblocking) use(PQsocket) use(PQstatus) use(PQtransactionStatus)
// clang-format on

struct Libpq {
#define DIALOGUE_MEMBER(name) decltype(&::name) name = nullptr;
  DIALOGUE_LIBPQ_FUNCTIONS(DIALOGUE_MEMBER)
#undef DIALOGUE_MEMBER
};

/// Throws StoreError if the library is not installed, or lacks a function.
[[nodiscard]] const Libpq& libpq();

}  // namespace dialogue::store
