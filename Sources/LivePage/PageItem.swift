import Hummingbird

/// What the page has a row for.
enum PageItem: Hashable, Sendable {
    case function(String)
    case farm(Int)

    /// That of `?function=NAME` or `?farm=NUMBER`.
    init?(_ request: Request) {
        let parameters = request.uri.queryParameters
        if let name = parameters["function"] {
            self = .function(String(name))
        } else if let number = parameters["farm"].flatMap({ Int($0) }) {
            self = .farm(number)
        } else {
            return nil
        }
    }
}
