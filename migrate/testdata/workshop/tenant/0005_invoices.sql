-- +goose Up
CREATE TABLE invoices (
	id     bigserial PRIMARY KEY,
	job    bigint NOT NULL UNIQUE REFERENCES jobs,
	total  numeric(12, 2) NOT NULL,
	issued date NOT NULL DEFAULT current_date
);
CREATE TABLE payments (
	id      bigserial PRIMARY KEY,
	invoice bigint NOT NULL REFERENCES invoices,
	amount  numeric(12, 2) NOT NULL CHECK (amount <> 0)
);
CREATE VIEW __tenant__.open_invoices AS
	SELECT i.id, i.total - coalesce(sum(p.amount), 0) AS due
	FROM __tenant__.invoices i LEFT JOIN __tenant__.payments p ON p.invoice = i.id
	GROUP BY i.id HAVING i.total > coalesce(sum(p.amount), 0);

-- +goose Down
DROP VIEW open_invoices;
DROP TABLE payments, invoices;
