"""Past sessions: transcripts read, followed and indexed. The index is a cache; the transcript files are the truth."""
