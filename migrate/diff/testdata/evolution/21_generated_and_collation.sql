-- part: words
CREATE TABLE words (
	word text COLLATE "C" NOT NULL,
	size int GENERATED ALWAYS AS (length(word)) STORED,
	"select" int,
	"Odd Name" text,
	UNIQUE (word, "select")
);
ALTER TABLE words ALTER COLUMN word SET STORAGE EXTERNAL;
ALTER TABLE words ALTER COLUMN "Odd Name" SET STATISTICS 500;
