import Gymnasium

/// Capital letters, digits and a few signs of 5 × 7 pixels.
enum Lettering {
    /// From one character to the next, in pixels at size 1.
    static let advance = 6
    static let height = 7

    /// The rows of a character as five bits each, the leftmost the highest; a box for what there is no picture of.
    static func rows(of character: Character) -> [UInt8] {
        let capital = character.uppercased().first ?? character
        return glyphs[capital] ?? glyphs["?"] ?? []
    }

    /// Of a text on one line, at size 1.
    static func width(of text: String) -> Int { max(text.count * advance - 1, 0) }

    private static let glyphs: [Character: [UInt8]] = {
        var glyphs: [Character: [UInt8]] = [" ": Array(repeating: 0, count: height)]
        for sheet in sheets {
            for (place, character) in sheet.characters.enumerated() {
                glyphs[character] = sheet.rows.map { row in
                    row.dropFirst(place * advance).prefix(advance - 1).reduce(0) { $0 << 1 | ($1 == "#" ? 1 : 0) }
                }
            }
        }
        return glyphs
    }()

    private static let sheets: [(characters: String, rows: [String])] = [
        (
            "ABCDEFGHI",
            [
                ".###. ####. .###. ####. ##### ##### .###. #...# .###.",
                "#...# #...# #...# #...# #.... #.... #...# #...# ..#..",
                "#...# #...# #.... #...# #.... #.... #.... #...# ..#..",
                "##### ####. #.... #...# ####. ####. #.### ##### ..#..",
                "#...# #...# #.... #...# #.... #.... #...# #...# ..#..",
                "#...# #...# #...# #...# #.... #.... #...# #...# ..#..",
                "#...# ####. .###. ####. ##### #.... .###. #...# .###.",
            ]
        ),
        (
            "JKLMNOPQR",
            [
                "..### #...# #.... #...# #...# .###. ####. .###. ####.",
                "...#. #..#. #.... ##.## ##..# #...# #...# #...# #...#",
                "...#. #.#.. #.... #.#.# ##..# #...# #...# #...# #...#",
                "...#. ##... #.... #.#.# #.#.# #...# ####. #...# ####.",
                "...#. #.#.. #.... #...# #..## #...# #.... #.#.# #.#..",
                "#..#. #..#. #.... #...# #..## #...# #.... #..#. #..#.",
                ".##.. #...# ##### #...# #...# .###. #.... .##.# #...#",
            ]
        ),
        (
            "STUVWXYZ?",
            [
                ".#### ##### #...# #...# #...# #...# #...# ##### #####",
                "#.... ..#.. #...# #...# #...# #...# #...# ....# #...#",
                "#.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. #...#",
                ".###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. #...#",
                "....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#... #...#",
                "....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... #...#",
                "####. ..#.. .###. ..#.. #...# #...# ..#.. ##### #####",
            ]
        ),
        (
            "0123456789",
            [
                ".###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.",
                "#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#",
                "#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#",
                "#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####",
                "##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#",
                "#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.",
                ".###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..",
            ]
        ),
        (
            ".,:-+/%()",
            [
                "..... ..... ..... ..... ..... ....# ##..# ...#. .#...",
                "..... ..... ..#.. ..... ..#.. ....# ##..# ..#.. ..#..",
                "..... ..... ..#.. ..... ..#.. ...#. ...#. .#... ...#.",
                "..... ..... ..... ##### ##### ..#.. ..#.. .#... ...#.",
                "..... ..#.. ..#.. ..... ..#.. .#... .#... .#... ...#.",
                "..#.. ..#.. ..#.. ..... ..#.. #.... #..## ..#.. ..#..",
                "..#.. .#... ..... ..... ..... #.... #..## ...#. .#...",
            ]
        ),
    ]
}

extension Raster {
    /// Writes a line of text whose upper left corner is (`x`, `y`).
    ///
    /// - Parameter size: pixels of the picture for each of a letter's, 1 or more.
    mutating func write(_ text: String, x: Int, y: Int, size: Int = 1, _ colour: Colour) {
        for (place, character) in text.enumerated() {
            let left = x + place * Lettering.advance * size
            for (row, bits) in Lettering.rows(of: character).enumerated() {
                for column in 0..<5 where bits >> (4 - column) & 1 == 1 {
                    fill(PixelBox(left + column * size, y + row * size, width: size, height: size), colour)
                }
            }
        }
    }

    /// Writes a line of text that ends before the column `right`.
    mutating func write(_ text: String, endingAt right: Int, y: Int, size: Int = 1, _ colour: Colour) {
        write(text, x: right - Lettering.width(of: text) * size, y: y, size: size, colour)
    }
}
