internal import ReindexCore
