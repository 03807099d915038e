-- part: customers
CREATE TABLE customers (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name varchar(80) NOT NULL,
	plan_id int REFERENCES shared.plans (id),
	email citext,
	active boolean NOT NULL DEFAULT true,
	notes text DEFAULT 'none; yet'
);
