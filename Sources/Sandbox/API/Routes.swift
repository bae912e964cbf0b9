extension Router {
    /// Every call that the sandbox knows.
    static let complete: Router = {
        var router = Router()
        ClusterCalls.add(to: &router)
        AliasCalls.add(to: &router)
        TemplateCalls.add(to: &router)
        PointInTimeCalls.add(to: &router)
        SearchCalls.add(to: &router)
        DocumentCalls.add(to: &router)
        StatisticsCalls.add(to: &router)
        IndexCalls.add(to: &router)
        return router
    }()
}
