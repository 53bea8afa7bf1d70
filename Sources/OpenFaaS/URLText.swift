import Foundation

/// Text made fit for its place in a URL. Escapes that are there already are kept.
enum URLText {
    static func path(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: pathCharacters) ?? ""
    }

    static func query(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: queryCharacters) ?? ""
    }

    private static let pathCharacters = CharacterSet.urlPathAllowed.union(["%"])
    private static let queryCharacters = CharacterSet.urlQueryAllowed.union(["%"])
}
